import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { policyFunctions } from '../../src/hcl/functions.ts';
import { parseHcl, parseHclJson } from '../../src/hcl/parse.ts';
import { type Diagnostic, Source } from '../../src/lib/source.ts';
import { guardStackTraces } from '../support/hcl.ts';
import { judge, judgeOurselves } from '../support/hcl-oracles.ts';
import { damagedFiles, type FuzzResult, fuzzGrammar, fuzzHcl, mulberry, randomSoup } from './hcl.ts';
import { damagedJson } from './hcl-json.ts';

/** As many as a run of all tests can afford. */
const count = 6000;

function check(t: TestContext, { seed, differences, unjudged, rejected, count }: FuzzResult): void {
  const of = (kind: string) => differences.filter((one) => one.kind === kind);
  const wrong = [...of('verdict'), ...of('value')];
  const counts = ['verdict', 'value', 'place', 'summary', 'detail'].map((kind) => `${kind} ${of(kind).length}`);
  t.diagnostic(
    `seed ${seed}: ${count} texts, ${rejected} rejected, ${unjudged} unjudged; differences: ${counts.join(', ')}`,
  );
  for (const one of wrong) t.diagnostic(JSON.stringify(one));
  assert.ok(wrong.length <= count / 1000, `${wrong.length} verdicts or values differ, seed ${seed}`);
  assert.ok(of('place').length + of('summary').length <= count / 100, `places and words differ, seed ${seed}`);
  assert.ok(unjudged < count / 100, `the judge died over ${unjudged} texts, seed ${seed}`);
}

const newSeed = () => Math.floor(Math.random() * 2 ** 31);

test(`${count} damaged files get the verdict, the place and the words of HashiCorp HCL 2.23`, async (t) => {
  check(t, await fuzzHcl(count, newSeed()));
});

test('random files of the grammar, whole and damaged, get them too', async (t) => {
  check(t, await fuzzGrammar(2000, newSeed()));
});

test('damaged files get the verdict of HashiCorp HCL 2.10', async (t) => {
  const seed = newSeed();
  t.diagnostic(`seed ${seed}`);
  const damaged = damagedFiles(300, mulberry(seed));
  // This judge refuses without a word, also what it cannot print: the other one tells which those are.
  const printable = await judge('reference', damaged);
  const texts = damaged.filter((_, at) => printable[at]?.unprintable !== true);
  const verdicts = await judge('second', texts);
  const differing = texts.filter(
    (text, at) => judgeOurselves(text).ok !== verdicts[at]?.ok && verdicts[at]?.died !== true,
  );
  assert.deepEqual(differing, []);
});

test('no text, however odd, makes reading or evaluating throw, and what has no value has an error', (t) => {
  const seed = newSeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry(seed);
  for (let times = 0; times < 20_000; times++) {
    const text = randomSoup(random);
    for (const parse of [parseHcl, parseHclJson]) {
      const found: Diagnostic[] = [];
      const report = (one: Diagnostic) => found.push(one);
      const { body, diagnostics } = parse(new Source('t', text), { functions: policyFunctions, variables: new Map() });
      for (const one of body.attributes(report)) {
        const before = found.length;
        const value = one.evaluate(report);
        assert.equal(value === undefined, found.length > before, text);
      }
      for (const one of diagnostics)
        assert.ok((one.range?.start ?? -1) >= 0 && (one.range?.end ?? 0) <= text.length, text);
    }
  }
});

test('damaged JSON is refused exactly when it is no JSON, and else has its values', (t) => {
  const seed = newSeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry(seed);
  for (let times = 0; times < 10_000; times++) {
    const text = damagedJson(random);
    const { body, diagnostics } = parseHclJson(new Source('t.json', text));
    // Numbers with more than a thousand digits are refused, by us alone.
    if (/e\+?[0-9]{4}/.test(text)) continue;
    const [ok, value] = parsed(text);
    assert.equal(diagnostics.length === 0, ok, text);
    if (!ok || !isPlainObject(value) || text.includes('"//"') || /[$%]\{/.test(text)) continue;
    const found: Diagnostic[] = [];
    const report = (one: Diagnostic) => found.push(one);
    const ours = Object.fromEntries(body.attributes(report).map((one) => [one.name, one.evaluate(report)]));
    // A name that comes twice is an error here and none to JSON.parse.
    if (found.length === 0) assert.deepEqual(rounded(ours), rounded(value), text);
    else
      assert.ok(
        found.every(({ summary }) => summary.startsWith('Duplicate')),
        text,
      );
  }
});

/** Large integers stay exact in HCL, and zero has no sign: here both are as in JavaScript's JSON. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(rounded);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}

function parsed(text: string): readonly [boolean, unknown] {
  try {
    return [true, JSON.parse(text)];
  } catch {
    return [false, undefined];
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

guardStackTraces();
