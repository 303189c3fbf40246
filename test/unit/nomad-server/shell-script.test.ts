import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task } from '../../../src/nomad/types.ts';
import { deafForMs, echoes, endOnSignal, exitCodeOf } from '../../../src/nomad-server/shell-script.ts';

test('a script writes what it echoes, until it goes on as something else', () => {
  const script = 'echo one; echo "two" >&2; for i in 3 4; do echo number $i; done; exec /bin/sleep 3600; echo never';
  assert.equal(echoes(script, 'stdout'), 'one\nnumber 3\nnumber 4\n');
  assert.equal(echoes(script, 'stderr'), 'two\n');
  assert.equal(echoes('while true; do echo again; sleep 1; done', 'stdout'), '');
  assert.equal(echoes('for i in $(seq 3); do echo $i; done', 'stdout'), '');
});

test('a script that only echoes and exits comes to an end, any other may run on', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['echo done; exit 0', 0],
    ['exit 3', 3],
    ['echo hello $NOMAD_META_who', 0],
    ['for i in 1 2; do echo $i; done', 0],
    ['echo up; exec /bin/sleep 3600', undefined],
    ['while true; do echo again; done', undefined],
    ['./serve', undefined],
  ];
  for (const [script, code] of cases) assert.equal(exitCodeOf(script), code, script);
});

const shell = (script: string) =>
  ({ Driver: 'raw_exec', Config: { command: '/bin/sh', args: ['-c', script] } }) as unknown as Task;
const program = { Driver: 'raw_exec', Config: { command: '/bin/sleep', args: ['60'] } } as unknown as Task;

test('a signal ends a program, unless its shell traps it or nobody minds it', () => {
  assert.deepEqual(endOnSignal(program, 'SIGUSR1'), { code: 138, signal: 10 });
  assert.equal(endOnSignal(program, 'SIGWINCH'), undefined);
  const trapping = shell(`trap '' USR1 SIGTERM; trap 'echo bye; exit 3' INT; sleep 60`);
  assert.equal(endOnSignal(trapping, 'SIGUSR1'), undefined);
  assert.equal(endOnSignal(trapping, 'SIGTERM'), undefined);
  assert.deepEqual(endOnSignal(trapping, 'SIGINT'), { code: 3, signal: 0 });
  assert.deepEqual(endOnSignal(trapping, 'SIGHUP'), { code: 129, signal: 1 });
  assert.deepEqual(endOnSignal(shell("trap '' KILL; sleep 60"), 'SIGKILL'), { code: 137, signal: 9 });
});

test('a shell that sleeps in a loop hears a signal when its sleep is over', () => {
  const loop = shell('echo up; while true; do sleep 2; done');
  assert.deepEqual([deafForMs(loop, 0), deafForMs(loop, 500), deafForMs(loop, 4500)], [2000, 1500, 1500]);
  assert.equal(deafForMs(shell('exec sleep 60'), 10), 0);
  assert.equal(deafForMs(program, 10), 0);
});
