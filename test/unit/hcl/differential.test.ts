import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guardStackTraces } from '../../support/hcl.ts';
import { corpus, difference, disagreement, judge, judgeOurselves, ownFixtures } from '../../support/hcl-oracles.ts';
import { needsShared } from '../../support/shared.ts';

/** Where we differ from the reference on purpose: the file, and in what. */
const onPurpose: Readonly<Record<string, string>> = {};

async function compare(which: 'reference' | 'second', files: readonly { path: string; text: string }[]) {
  const theirs = await judge(
    which,
    files.map(({ text }) => text),
  );
  const found: string[] = [];
  for (const [at, { path, text }] of files.entries()) {
    const ours = judgeOurselves(text);
    const other = theirs[at];
    assert.ok(other !== undefined && !other.died, `no verdict on ${path}`);
    const where = which === 'reference' ? disagreement(ours, other) : ours.ok === other.ok ? undefined : 'verdict';
    const values = ours.ok && other.ok ? difference(ours.value, other.value) : undefined;
    const why = where ?? values;
    if (why !== undefined && onPurpose[path] !== why) {
      found.push(`${path}: ${why}: ${JSON.stringify(ours.complaints[0])} ${JSON.stringify(other.complaints)}`);
    }
  }
  return found;
}

describe('the corpus', needsShared('corpus/hcl'), () => {
  test('gets the verdict, place, words and values of HashiCorp HCL 2.23', async () => {
    const files = corpus() ?? [];
    assert.ok(files.length > 200);
    assert.deepEqual(await compare('reference', files), []);
  });

  test('gets the verdict and values of HashiCorp HCL 2.10', async () => {
    assert.deepEqual(await compare('second', corpus() ?? []), []);
  });
});

test('our own fixtures get the verdict, place, words and values of HashiCorp HCL 2.23', async () => {
  const files = ownFixtures();
  assert.deepEqual(await compare('reference', files), []);
  const isBad = (text: string) => !judgeOurselves(text).ok;
  for (const { path, text } of files) assert.equal(isBad(text), path.startsWith('bad-'), path);
});

guardStackTraces();
