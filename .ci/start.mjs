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
const child = spawn(nodePath(), [join(root, 'dist/bin/nomad-autoscaler.js'), ...args], { cwd: root, stdio: 'inherit' });
// A terminal sends Ctrl-C to the child as well; other signals are passed on.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
