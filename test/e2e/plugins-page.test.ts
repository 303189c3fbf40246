/** docs/plugins.md and what `plugin init` writes, followed to the letter: blocks of commands are one session in a shell. */
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
const options = { skip: hasRegistry ? false : leftOut, timeout: limitMs + 10_000 };

/** Runs the commands one after the other, begun in the clone; the first one that fails ends it. */
async function follow(commands: readonly string[], tempDir: string) {
  const script = ['set -euo pipefail', ...commands].join('\n');
  const shell = spawn('bash', ['-c', script], { cwd: root, env: newcomersEnv(tempDir), timeout: limitMs });
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

test('the page makes a plugin, tests it, builds it, tries it and drives it by a policy', options, async (t) => {
  assert.ok(blocks.length > 5, 'the blocks of the page are marked `sh`');
  const { code, output } = await follow([...blocks, 'wait || true', 'cat counts/web agent.log'], temporaryFolder(t));
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

/** All but its last block, which runs an agent until somebody stops it. */
function readmeBlocks(type: string): readonly string[] {
  const readme = readFileSync(new URL(`src/commands/plugin/template/${type}/README.md`, `file://${root}`), 'utf8');
  const found = [...readme.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return found.slice(0, -1).map((block) => block.replaceAll('my-plugin', 'mine'));
}

for (const [type, verdict] of [
  ['apm', '12 passed, 0 failed, 3 skipped'] as const,
  ['strategy', '13 passed, 0 failed, 2 skipped'] as const,
]) {
  test(`the readme of a new ${type} is right`, options, async (t) => {
    const begin = [
      'export PATH="$PWD/dist/bin:$PATH"',
      'cd "$TMPDIR"',
      `nomad-autoscaler plugin init ${type} mine`,
      'cd mine',
    ];
    const { code, output } = await follow([...begin, ...readmeBlocks(type)], temporaryFolder(t));
    assert.equal(code, 0, output);
    assert.match(output, /^# fail 0$|^ℹ fail 0$/m);
    assert.match(output, new RegExp(`^${verdict}`, 'm'));
  });
}
