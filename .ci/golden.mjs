// npm run golden: replays every recording of a real Nomad against the embedded one and says how many answers are equal.
//   npm run golden -- http-nodes      only these recordings
//   npm run golden -- -v http-nodes   with every difference
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail, install, nodePath, root } from './prepare.mjs';

const recordings = join(root, '../shared/golden/nomad');
const mostMs = 120_000;

install();
if (!existsSync(recordings)) fail('the recordings of a real Nomad are not beside this repository');
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const isVerbose = process.argv.includes('-v');
const names = readdirSync(recordings)
  .filter((file) => /^(http|sched|cli)-.*\.json$/.test(file))
  .map((file) => basename(file, '.json'))
  .filter((name) => wanted.length === 0 || wanted.includes(name));

const sum = { http: 0, cli: 0, differ: 0, cliDiffer: 0 };
for (const name of names) {
  const { http, cli, differ, cliDiffer, differences } = await replay(name);
  process.stdout.write(
    `${name}: ${http} HTTP steps, ${http - differ} equal, ${differ} differ${cli > 0 ? `; ${cli} CLI steps, ${cli - cliDiffer} equal` : ''}\n`,
  );
  if (isVerbose) for (const line of differences) process.stdout.write(`  ${line}\n`);
  sum.http += http;
  sum.cli += cli;
  sum.differ += differ;
  sum.cliDiffer += cliDiffer;
}
process.stdout.write(
  `${sum.http - sum.differ} equal, ${sum.differ} differ, of ${sum.http} HTTP steps; ${sum.cli - sum.cliDiffer} of ${sum.cli} CLI steps equal\n`,
);
process.exitCode = sum.differ + sum.cliDiffer > 0 ? 1 : 0;

/** In a process of its own: a scenario that goes round in circles must not stop the others. */
function replay(name) {
  return new Promise((resolve) => {
    const child = spawn(nodePath(), ['--conditions=source', 'test/golden/scenario.ts', name], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), mostMs);
    child.on('close', () => {
      clearTimeout(timer);
      if (!text.endsWith('\n')) fail(`${name} came to no end`);
      resolve(JSON.parse(text));
    });
  });
}
