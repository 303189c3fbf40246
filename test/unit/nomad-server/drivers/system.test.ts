/** The machine itself, with real processes and files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../../src/lib/clock.ts';
import type { Machine, TaskProcess } from '../../../../src/nomad-server/drivers/machine.ts';
import { realFiles } from '../../../../src/nomad-server/drivers/real-files.ts';
import { systemMachine } from '../../../../src/nomad-server/drivers/system.ts';
import { isAlive } from '../../../support/proc.ts';
import { eventually, temporaryFolder } from '../../../support/program.ts';

function machineOf(t: TestContext): Machine {
  const { env } = process;
  const sendSignal = (pid: number, signal: NodeJS.Signals) => process.kill(pid, signal);
  const machine = systemMachine({ clock: systemClock, env, tempDir: temporaryFolder(t), sendSignal });
  t.after(() => machine.close());
  return machine;
}

interface Shell extends TaskProcess {
  /** What it wrote so far. */
  text(): string;
}

async function shell(machine: Machine, script: string): Promise<Shell> {
  let text = '';
  const write = async (piece: Uint8Array) => {
    text += Buffer.from(piece).toString();
  };
  const program = { path: '/bin/sh', args: ['-c', script], env: machine.env, folder: machine.folder };
  const started = await machine.start(program, { stdout: write, stderr: write });
  if (typeof started === 'string') throw new Error(started);
  return { ...started, text: () => text };
}

const isLinux = existsSync('/proc/self/environ');
const linuxOnly = isLinux ? {} : { skip: 'left out: this system does not tell what processes started with' };
/** A process in a session of its own, whose parent is gone: it tells its number. */
const daemon = `setsid sh -c 'echo $$; exec sleep 300' & `;

test('what a task left behind as a daemon ends with the task', linuxOnly, async (t) => {
  const machine = machineOf(t);
  const { end, text } = await shell(machine, `${daemon} while ! [ -e go ]; do sleep 0.01; done; exit 3`);
  const pid = await eventually('the daemon', async () => Number(text()) || undefined);
  assert.ok(isAlive(pid));
  writeFileSync(join(machine.folder, 'go'), '');
  assert.deepEqual(await end, { code: 3, signal: 0 });
  await eventually('its end', async () => (isAlive(pid) ? undefined : true));
});

test('when the machine is given back nothing runs and nothing is left of its folder', linuxOnly, async (t) => {
  const machine = machineOf(t);
  const { pid, text } = await shell(machine, `${daemon} trap '' INT TERM; sleep 300; sleep 300`);
  const daemonPid = await eventually('the daemon', async () => Number(text()) || undefined);
  await machine.close();
  await eventually('the end of both', async () => ([pid, daemonPid].some(isAlive) ? undefined : true));
  assert.equal(existsSync(machine.folder), false);
  await machine.close(); // once more does no harm
});

test('a pipe that nobody writes into is read as an empty file', async (t) => {
  const { disk, folder } = machineOf(t);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assert.equal((await disk.read(join(folder, 'pipe'), 0, 100)).length, 0);
});

test('what a link outside of a folder leads to is not there', async (t) => {
  const { disk, folder } = machineOf(t);
  const [mine, other] = ['mine', 'other'].map((name) => join(folder, name));
  assert.ok(mine && other);
  for (const path of [mine, other]) mkdirSync(path);
  writeFileSync(join(other, 'file'), 'secret');
  symlinkSync(other, join(mine, 'link'));
  assert.equal(await disk.resolve(join(mine, 'link', 'file'), mine), undefined);
  assert.equal((await disk.info(join(mine, 'link', 'file')))?.size, 6);
});

test('a secret is not read by any way that leads to it', async (t) => {
  const { disk, folder } = machineOf(t);
  const root = join(folder, 'alloc', 'id');
  await disk.makeFolder(join(root, 'web', 'secrets'));
  await disk.makeFolder(join(root, 'alloc'));
  writeFileSync(join(root, 'web', 'secrets', 'key'), 'secret');
  symlinkSync('../web/secrets', join(root, 'alloc', 'link'));
  symlinkSync('link', join(root, 'alloc', 'again'));
  writeFileSync(join(root, 'alloc', 'open'), 'open');
  const files = realFiles(disk, root, () => () => undefined);
  const ways = ['web/secrets/key', '../id/web/secrets/key', 'alloc/link/key', 'alloc/again/key'];
  for (const path of ways) await assert.rejects(files.read(path, 0, 10), /Reading secret file prohibited/, path);
  await assert.rejects(files.list('alloc/link'), /Reading secret file prohibited/);
  assert.equal(Buffer.from(await files.read('../id/alloc/open', 0, 10)).toString(), 'open');
});
