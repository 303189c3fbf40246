// npm start: install, build, and run the program; without arguments the demo, else `agent` with those arguments.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { build, install, nodePath, root, say } from './prepare.mjs';

install();
build();
const given = process.argv.slice(2);
const args = ['agent', '-dev', ...given];
say(`nomad-autoscaler ${args.join(' ')}`);
// In a group of its own: a Ctrl-C comes from the terminal and from npm, and is to reach it once.
const child = spawn(nodePath(), [join(root, 'dist/bin/nomad-autoscaler.js'), ...args], {
  cwd: root,
  stdio: 'inherit',
  detached: true,
});
const sameMs = 500;
let passedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (Date.now() - passedAt < sameMs) return;
    passedAt = Date.now();
    child.kill(signal);
  });
}
process.on('exit', () => child.kill('SIGKILL'));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
