import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task } from '../../../../src/nomad/types.ts';
import { findProgram } from '../../../../src/nomad-server/drivers/program.ts';
import { foldersOf } from '../../../../src/nomad-server/drivers/task-folder.ts';
import { type FakeMachine, fakeMachine } from '../../../support/machine.ts';

const folders = foldersOf('/data/alloc/1', 't');

async function find({ disk }: FakeMachine, config: unknown, user = '') {
  await disk.makeFolder(folders.local);
  const task = { Name: 't', User: user, Config: config } as Task; // the rest of it is not looked at
  const found = await findProgram(disk, {
    task,
    env: { PATH: 'relative:/usr/bin:/bin' },
    values: { A: 'app' },
    folders,
  });
  return typeof found === 'string' ? found : found.path;
}

test('a program is looked for in the task’s folder first, then on the path', async () => {
  const machine = fakeMachine(['/usr/bin/tool', '/bin/tool']);
  assert.equal(await find(machine, { command: 'tool' }), '/usr/bin/tool');
  assert.equal(await find(machine, { command: '${A}' }), '/bin/app');
  await machine.disk.write('/data/alloc/1/t/local/tool', '#!/bin/sh', 0o644);
  assert.equal(await find(machine, { command: 'tool' }), '/data/alloc/1/t/local/tool');
  assert.equal(machine.modeOf('alloc/1/t/local/tool'), 0o744, 'what the task brings is made executable');
  assert.equal(await find(machine, { command: 'local/tool' }), '/data/alloc/1/t/local/tool');
  assert.equal(await find(machine, { command: '/usr/bin/tool' }), '/usr/bin/tool');
});

test('a task without a program that may run says why', async () => {
  const machine = fakeMachine();
  await machine.disk.write('/etc/plain', '', 0o644);
  assert.match(await find(machine, { command: '/etc/plain' }), /fork\/exec \/etc\/plain: permission denied$/);
  assert.match(await find(machine, { command: 'plain' }), /binary "plain" could not be found$/);
  assert.match(await find(machine, { command: '/bin/none' }), /binary "\/bin\/none" could not be found$/);
  assert.match(await find(machine, {}), /command must be set/);
  assert.match(await find(machine, { command: 'app', args: 'x' }), /args must be a list/);
  assert.match(await find(machine, { command: 'app' }, 'nobody'), /cannot run as user "nobody"/);
});
