// npm run test:openstack: plays the scenarios of the os-nova plugin on a real OpenStack, the test bed beside this repository.
// Starts it unless it runs, with Octavia unless TESTBED_OCTAVIA=0, and stops it when it was started here. The first time it needs
// root, to install Debian's packages.
//   npm run test:openstack -- --test-name-pattern=x     options of node --test
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, nodePath, root, say, seconds } from './prepare.mjs';

const bed = join(root, '../shared/openstack-testbed');
if (!existsSync(join(bed, 'up'))) {
  say('LEFT OUT: the scenarios on a real OpenStack: ../shared/openstack-testbed is not beside this repository');
  process.exit(0);
}
install();
build();

const wasUp = isUp();
const started = Date.now();
if (!wasUp) {
  say('starting the test bed (a minute; with its packages to install, three)');
  // What is listening when it fails is stopped by `down`, too.
  if ((await follow(join(bed, 'up'), [], 'ignore')) !== 0) await end(1, 'the test bed does not start');
  say(`the test bed is up after ${seconds(started)}`);
}
const code = await follow(
  nodePath(),
  [
    ...['--conditions=source', '--test', '--test-concurrency=1', '--test-timeout=3600000', '--test-reporter=spec'],
    ...process.argv.slice(2),
    'test/openstack/test-bed.test.ts',
  ],
  'inherit',
);
await end(code, 'scenarios failed');

async function end(status, why) {
  if (!wasUp) await follow(join(bed, 'down'), [], 'ignore');
  if (status !== 0) say(`FAILED: ${why}`);
  process.exit(status);
}

/** Whether any of its services runs. */
function isUp() {
  const { stdout } = spawnSync(join(bed, 'svc'), ['status'], { encoding: 'utf8' });
  return /\brunning\b/.test(stdout ?? '');
}

/** Runs a command to its end; an interrupt ends it, and then what was started here. */
function follow(command, args, stdout) {
  const env = { TESTBED_OCTAVIA: '1', ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', stdout, 'inherit'], env });
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (exitCode) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(exitCode ?? 1);
    });
  });
}
