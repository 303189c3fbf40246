/** The recorded command lines of a real Nomad, replayed with ours. Steps that differ are listed; the list may only shrink. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../../../../support/nomad-server-golden.ts';
import { needsShared } from '../../../../support/shared.ts';

/** By recording: the steps whose output differs, and why. */
const differing: Readonly<Record<string, readonly number[]>> = {
  // Help in our own words; sessions inside tasks.
  'cli-errors': [0, 60],
};

for (const [name, steps] of Object.entries(differing)) {
  test(`the recording ${name} prints what was recorded`, needsShared(`golden/nomad/${name}.json`), async () => {
    const found = (await replay(name)).filter((line) => /^#\d+ \$/.test(line));
    const stepOf = (line: string) => Number(/^#(\d+)/.exec(line)?.[1]);
    assert.deepEqual(
      found.filter((line) => !steps.includes(stepOf(line))),
      [],
    );
    const seen = new Set(found.map(stepOf));
    assert.deepEqual(
      steps.filter((step) => !seen.has(step)),
      [],
      'steps that no longer differ: take them off the list',
    );
  });
}
