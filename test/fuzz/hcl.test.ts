import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardStackTraces } from '../support/hcl.ts';
import { fuzzHcl } from './hcl.ts';

/** As many as a run of all tests can afford. */
const count = 6000;

test(`of ${count} damaged files all but one in a thousand get the verdict of HashiCorp HCL 2.23`, async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { differences, unjudged, rejected } = await fuzzHcl(count, seed);
  const of = (kind: string) => differences.filter((one) => one.kind === kind);
  const verdicts = of('verdict');
  t.diagnostic(
    `seed ${seed}: ${rejected} rejected, ${unjudged} unjudged, differences: ${verdicts.length} of verdict, ${of('place').length} of place, ${of('summary').length} of summary, ${of('detail').length} of detail`,
  );
  for (const { text, ours, theirs } of verdicts)
    t.diagnostic(JSON.stringify({ text, ours: ours[0], theirs: theirs[0] }));
  assert.ok(verdicts.length <= count / 1000, `${verdicts.length} verdicts differ, seed ${seed}`);
  assert.ok(of('place').length + of('summary').length <= count / 100, `places and words differ, seed ${seed}`);
  assert.ok(unjudged < count / 100, `the judge died over ${unjudged} texts, seed ${seed}`);
});

guardStackTraces();
