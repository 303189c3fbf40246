/** docs/plugins.md, followed to the letter: its `sh` blocks are one session in a shell, begun in the clone. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../../docs/plugins.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);

const hasRegistry = spawnSync('npm', ['view', 'esbuild', 'version'], { timeout: 30_000 }).status === 0;
const leftOut = 'left out: npm’s registry cannot be reached, so that no plugin project can install its tools';
if (!hasRegistry) console.error(`plugins page: ${leftOut}`);

const limitMs = 120_000;

/** Runs the blocks one after the other; the first command that fails ends it. */
async function follow(tempDir: string) {
  const script = ['set -euo pipefail', ...blocks, 'wait || true', 'cat counts/web agent.log'].join('\n');
  const shell = spawn('bash', ['-c', script], {
    cwd: root,
    env: newcomersEnv(tempDir),
    timeout: limitMs,
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => shell.once('close', resolve));
  return { code, output };
}

/** Without what `npm test` sets, and with the Node that the system has. */
function newcomersEnv(tempDir: string): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, PATH = '', ...env } = process.env;
  const path = PATH.split(':').filter((folder) => !folder.endsWith('node_modules/.bin'));
  return { ...env, PATH: path.join(':'), TMPDIR: tempDir };
}

test('the page makes a plugin, tests it, builds it, tries it and drives it by a policy', {
  skip: hasRegistry ? false : leftOut,
  timeout: limitMs + 10_000,
}, async (t) => {
  assert.ok(blocks.length > 5, 'the blocks of the page are marked `sh`');
  const { code, output } = await follow(temporaryFolder(t));
  assert.equal(code, 0, output);
  assert.match(output, /^demo, a plugin of type target, in demo:$/m);
  assert.match(output, /^# fail 0$|^ℹ fail 0$/m);
  assert.match(output, /^demo \(target\)$/m);
  assert.match(output, /^Nothing is scaled\.$/m);
  assert.match(output, /^13 passed, 0 failed, 4 skipped/m);
  assert.match(output, /^3$/m);
  assert.match(output, /external_plugin\.demo: scaled: .*from=1 .*to=3/m);
  assert.doesNotMatch(output, /FAIL/);
});
