// npm test: install, build, and run every test that this machine can run; says what was left out and why.
//   npm test                          everything: unit, e2e, interop, fuzz (bounded)
//   npm test -- unit                  one kind
//   npm test -- test/unit/hcl         files or folders
//   npm test -- --test-name-pattern=x options of node --test
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, fail, filesBelow, install, nodePath, root, run, say, seconds } from './prepare.mjs';

const kinds = ['unit', 'e2e', 'interop', 'fuzz'];
const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
const words = args.filter((arg) => !arg.startsWith('-'));
const started = Date.now();

install();
build();

const results = join(root, 'dist/test-results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

let failed = false;
for (const [name, files] of Object.entries(chosen())) {
  if (files.length === 0) continue;
  say(`${name}: ${files.length} test files`);
  const done = run(
    nodePath(),
    [
      '--conditions=source',
      '--test',
      `--test-concurrency=${name === 'unit' ? 2 : 1}`,
      '--test-timeout=300000',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=./.ci/reporter.mjs',
      `--test-reporter-destination=${join(results, `${name}.jsonl`)}`,
      ...options,
      ...files,
    ],
    { mayFail: true, env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0' } },
  );
  failed ||= done.status !== 0;
}
summary();
process.exit(failed ? 1 : 0);

function chosen() {
  const files = (folder) => filesBelow(folder, '.test.ts');
  if (words.length === 0) return Object.fromEntries(kinds.map((kind) => [kind, files(`test/${kind}`)]));
  if (words.every((word) => kinds.includes(word))) {
    return Object.fromEntries(words.map((kind) => [kind, files(`test/${kind}`)]));
  }
  const given = words.flatMap((word) => {
    const path = join(root, word);
    if (!existsSync(path)) fail(`no such test: ${word} (kinds are ${kinds.join(', ')})`);
    return statSync(path).isDirectory() ? files(word) : [word];
  });
  return { chosen: given };
}

function summary() {
  const tests = filesBelow('dist/test-results', '.jsonl')
    .flatMap((name) => readFileSync(join(root, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const count = (verdict) => tests.filter((test) => test.verdict === verdict).length;
  for (const test of tests.filter((one) => one.verdict === 'failed')) say(`FAILED: ${test.name} (${test.file})`);
  for (const test of tests.filter((one) => one.verdict === 'skipped')) say(`LEFT OUT: ${test.name}: ${test.why ?? ''}`);
  say(`all tests took ${seconds(started)}`);
  if (tests.length === 0) fail('no test ran');
  console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
}
