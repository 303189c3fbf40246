/** The order in which tasks that only pretend to run start and end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const second = 1e9;
const mock = (name: string, config: object, more: object = {}) => ({
  ...{ Name: name, Driver: 'mock_driver', Config: { run_for: '100h', ...config } },
  ...{ Resources: { CPU: 50, MemoryMB: 32 }, ...more },
});
const hook = (Hook: string, Sidecar = false) => ({ Lifecycle: { Hook, Sidecar } });
const once = {
  RestartPolicy: { Attempts: 0, Interval: 60 * second, Delay: second, Mode: 'fail' },
  ReschedulePolicy: { Attempts: 0, Unlimited: false },
};

async function run(nomad: TestNomad, tasks: readonly object[], type = 'batch'): Promise<void> {
  const answer = await nomad.put('/v1/jobs', jobBody('lc', { type, group: { ...once, Tasks: tasks } }));
  assert.equal(answer.status, 200, answer.text);
  await nomad.clock.advance(500);
}

interface Seen {
  readonly status: string;
  /** By task: its state. */
  readonly states: Readonly<Record<string, string>>;
  readonly types: (task: string) => readonly string[];
}

async function seen(nomad: TestNomad): Promise<Seen> {
  const [{ ID: id }] = (await nomad.get('/v1/job/lc/allocations')).json;
  const { ClientStatus: status, TaskStates: tasks } = (await nomad.get(`/v1/allocation/${id}`)).json;
  const states = Object.entries(tasks as Record<string, { State: string }>).map(([name, one]) => [name, one.State]);
  const types = (task: string) => tasks[task].Events.map((one: { Type: string }) => one.Type);
  return { status, states: Object.fromEntries(states), types };
}

test('main tasks wait for those before them, and what follows waits for the main tasks', async () => {
  const nomad = testNomad();
  await run(nomad, [
    ...[mock('last', { run_for: '1s' }, hook('poststop')), mock('main', { run_for: '4s' })],
    ...[mock('before', { run_for: '2s' }, hook('prestart')), mock('beside', {}, hook('prestart', true))],
    mock('after', { run_for: '1s' }, hook('poststart')),
  ]);
  const waiting = { last: 'pending', main: 'pending', after: 'pending', before: 'running', beside: 'running' };
  assert.deepEqual((await seen(nomad)).states, waiting);
  await nomad.clock.advance(2000);
  assert.deepEqual((await seen(nomad)).states, { ...waiting, before: 'dead', main: 'running', after: 'running' });
  await nomad.clock.advance(4300);
  const { states, types } = await seen(nomad);
  assert.deepEqual(states, { last: 'running', main: 'dead', after: 'dead', before: 'dead', beside: 'dead' });
  assert.deepEqual(types('beside').slice(3), ['Main Tasks Dead', 'Killing', 'Terminated', 'Killed']);
  await nomad.clock.advance(1500);
  assert.equal((await seen(nomad)).status, 'complete');
});

test('what follows the main tasks runs also when the allocation is stopped, unless they never began', async () => {
  const nomad = testNomad();
  const last = mock('last', { run_for: '2s' }, hook('poststop'));
  await run(nomad, [mock('main', {}), last], 'service');
  await nomad.delete('/v1/job/lc');
  await nomad.clock.advance(1000);
  assert.deepEqual((await seen(nomad)).states, { main: 'dead', last: 'running' });
  await nomad.clock.advance(2000);
  const { status, types } = await seen(nomad);
  assert.deepEqual([status, types('last').slice(2)], ['complete', ['Started', 'Terminated']]);
  const early = testNomad();
  await run(early, [mock('before', {}, hook('prestart')), mock('main', {}), last], 'service');
  await early.delete('/v1/job/lc');
  await early.clock.advance(1000);
  assert.deepEqual((await seen(early)).states, { before: 'dead', main: 'dead', last: 'dead' });
});

test('a task that ends at once and is restarted at once lets time go on', async () => {
  const nomad = testNomad();
  const restless = { RestartPolicy: { Attempts: 2000, Interval: 3600 * second, Delay: 0, Mode: 'fail' } };
  const task = mock('main', { run_for: '0s', exit_code: 1 });
  await nomad.put('/v1/jobs', jobBody('lc', { type: 'batch', group: { ...once, ...restless, Tasks: [task] } }));
  await nomad.clock.advance(2000);
  assert.equal((await seen(nomad)).status === 'failed', false);
  await nomad.clock.advance(60_000);
  assert.equal((await seen(nomad)).status, 'failed');
});

test('a task before the main one that nobody knows the end of ends soon', async () => {
  const nomad = testNomad();
  const init = { ...mock('init', {}, hook('prestart')), Driver: 'docker', Config: { image: 'init' } };
  await run(nomad, [init, { ...mock('main', {}), Driver: 'docker', Config: { image: 'main' } }], 'service');
  await nomad.clock.advance(3000);
  assert.deepEqual((await seen(nomad)).states, { init: 'dead', main: 'running' });
  assert.equal((await nomad.get('/v1/job/lc/deployment')).json.Status, 'successful');
});

test('a task that fails takes the others with it', async () => {
  const nomad = testNomad();
  await run(nomad, [mock('one', { run_for: '1s', exit_code: 1 }), mock('two', {})]);
  await nomad.clock.advance(1500);
  const { status, types } = await seen(nomad);
  assert.equal(status, 'failed');
  assert.deepEqual(types('two').slice(3), ['Sibling Task Failed', 'Killing', 'Terminated', 'Killed']);
});

test('a main task does not start when one before it failed', async () => {
  const nomad = testNomad();
  await run(nomad, [mock('before', { run_for: '1s', exit_code: 1 }, hook('prestart')), mock('main', {})]);
  await nomad.clock.advance(5000);
  const { status, types } = await seen(nomad);
  assert.equal(status, 'failed');
  assert.ok(!types('main').includes('Started'));
});

test('a leader that is over takes the others with it, well', async () => {
  const nomad = testNomad();
  await run(nomad, [mock('boss', { run_for: '1s' }, { Leader: true }), mock('led', {})]);
  await nomad.clock.advance(1500);
  const { status, types } = await seen(nomad);
  assert.equal(status, 'complete');
  assert.deepEqual(types('led').slice(3), ['Leader Task Dead', 'Killing', 'Terminated', 'Killed']);
});
