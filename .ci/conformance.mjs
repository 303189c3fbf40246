// npm run conformance: for each spec document, the checklist rows with a passing test and those without one, and why.
// It runs the unit, e2e and interop tests first; with --no-run it reads the results of the last `npm test`.
// A row counts when a test whose title begins with it passed: `policy #P12, #P13: …`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, filesBelow, nodePath, root, run } from './prepare.mjs';

const documents = {
  agent: /^\| (A\d+) \|/,
  policy: /^\| (P\d+) \|/,
  plugins: /^\| (\d+) \|/,
  'go-plugin': /^\| (\d+) \|/,
  'nomad-api': /^\| (\d+) \|/,
  'nomad-scheduler': /^\| (\d+) \|/,
  jobspec: /^\| (J?\d+) \|/,
  'os-nova': /^\| (\d+) \|/,
  'cluster-scaling': /^\| (\d+) \|/,
};

if (!process.argv.includes('--no-run')) run(nodePath(), ['.ci/test.mjs', 'unit', 'e2e', 'interop'], { mayFail: true });

const tests = filesBelow('dist/test-results', '.jsonl')
  .flatMap((name) => readFileSync(join(root, name), 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));
if (tests.length === 0) fail('there are no test results: run npm test first');

/** Row -> the best verdict among the tests that name it. */
const verdicts = {};
const rank = { failed: 0, skipped: 1, passed: 2 };
for (const test of tests) {
  // `plugins #43, #44, agent #A49–A51: …`: a document's name holds for the rows behind it.
  const [head] = /^(?:[a-z-]+ #\w+(?:[–-]#?\w+)?|, #\w+(?:[–-]#?\w+)?|, )+(?=:)/.exec(test.name) ?? [''];
  let document;
  for (const [, name, first, last] of head.matchAll(/(?:([a-z-]+) )?#(\w+)(?:[–-]#?(\w+))?/g)) {
    document = name ?? document;
    if (!(document in documents)) continue;
    for (const id of between(first, last)) {
      const key = `${document} ${id}`;
      const before = verdicts[key];
      // One failing test of a row fails the row.
      if (
        before === undefined ||
        test.verdict === 'failed' ||
        (rank[test.verdict] > rank[before] && before !== 'failed')
      ) {
        verdicts[key] = test.verdict;
      }
    }
  }
}

const reasons = JSON.parse(readFileSync(join(root, '.ci/conformance-reasons.json'), 'utf8'));
for (const [name, pattern] of Object.entries(documents)) {
  const path = join(root, '../shared/spec', `${name}.md`);
  if (!existsSync(path)) {
    console.log(`${name}: left out, the spec is not beside the project`);
    continue;
  }
  const text = readFileSync(path, 'utf8');
  const checklist = text.slice(text.search(/^## \d+\. (?:.*\b)?[Cc]onformance checklist/m));
  const rows = checklist.split('\n').flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const by = (verdict) => rows.filter((row) => verdicts[`${name} ${row}`] === verdict);
  const without = rows.filter((row) => verdicts[`${name} ${row}`] === undefined);
  console.log(`${name}: ${by('passed').length} of ${rows.length} rows have a passing test`);
  if (by('failed').length > 0) console.log(`  failing: ${by('failed').join(' ')}`);
  if (by('skipped').length > 0) console.log(`  left out on this machine: ${by('skipped').join(' ')}`);
  for (const [why, some] of grouped(without, (row) => reasons[name]?.[row] ?? reasons[name]?.['*'] ?? 'no test yet')) {
    console.log(`  without a test, ${why}: ${some.join(' ')}`);
  }
}

/** `A3`..`A6` as single rows. */
function between(first, last) {
  if (last === undefined) return [first];
  const prefix = first.replace(/\d+$/, '');
  const from = Number(first.slice(prefix.length));
  const to = Number(last.replace(/^\D+/, ''));
  return Array.from({ length: to - from + 1 }, (_, at) => `${prefix}${from + at}`);
}

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
