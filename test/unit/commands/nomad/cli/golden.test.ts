/** The recorded command lines of a real Nomad, replayed with ours. Steps that differ are listed; the list may only shrink. */
import { test } from 'node:test';
import { assertDiffering, isOfCli } from '../../../../support/golden-steps.ts';
import { replay } from '../../../../support/nomad-server-golden.ts';
import { needsShared } from '../../../../support/shared.ts';

/** By recording: the steps whose output differs, and why. */
const differing: Readonly<Record<string, readonly number[]>> = {
  'cli-deployment-eval': [
    40, // sessions inside tasks are not offered
  ],
  'cli-errors': [0], // help in our own words
  'cli-misc': [
    ...[105, 112], // help in our own words
  ],
  'cli-nodes': [
    ...[4, 65, 66], // help in our own words
  ],
  'cli-w1-helloworld': [0, 1], // the recorded program's defect: here `init` works
  'cli-w2-job-life': [
    6, // another program on another machine
    33, // a simulated task uses no memory unless told to
  ],
};

for (const [name, steps] of Object.entries(differing)) {
  test(`the recording ${name} prints what was recorded`, needsShared(`golden/nomad/${name}.json`), async () => {
    assertDiffering((await replay(name)).filter(isOfCli), steps);
  });
}
