/** What an operator asks of a simulated client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

async function running() {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(3000);
  const [{ ID: id }] = (await nomad.get('/v1/job/web/allocations')).json;
  const task = async () => (await nomad.get(`/v1/allocation/${id}`)).json.TaskStates.t;
  return { nomad, id, task };
}

test('a task that is restarted by hand ends, starts anew and is counted, whatever its policy says', async () => {
  const { nomad, id, task } = await running();
  const answering = nomad.put(`/v1/client/allocation/${id}/restart`, { TaskName: 't' });
  await nomad.clock.advance(1000);
  const answer = await answering;
  assert.deepEqual([answer.status, answer.json], [200, { Index: 0 }]);
  const { Restarts, State, Events } = await task();
  assert.deepEqual([Restarts, State], [1, 'running']);
  const types = Events.slice(-4).map((event: { Type: string }) => event.Type);
  assert.deepEqual(types, ['Restart Signaled', 'Terminated', 'Restarting', 'Started']);
});

test('restarts and signals of what is not there are refused', async () => {
  const { nomad, id } = await running();
  const refused = async (action: string, body: object) => {
    const { status, text } = await nomad.put(`/v1/client/allocation/${id}/${action}`, body);
    return `${status} ${text}`;
  };
  assert.equal(await refused('restart', { TaskName: 'x' }), '500 Could not find task runner for task: x');
  const both = { TaskName: 't', AllTasks: true };
  assert.equal(await refused('restart', both), '500 task name cannot be set when restarting all tasks');
  assert.equal(await refused('signal', { Task: 'x', Signal: 'SIGUSR1' }), '500 Task not found');
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(1000);
  assert.equal(await refused('restart', {}), '500 restart of an alloc that should not run');
});

test('a signal reaches the tasks that would be processes, and ends those that do not mind it', async () => {
  const nomad = testNomad();
  const task = { Driver: 'raw_exec', Config: { command: '/bin/sleep', args: ['60'] } };
  await nomad.put('/v1/jobs', jobBody('web', { task }));
  await nomad.put('/v1/jobs', jobBody('mock'));
  await nomad.clock.advance(3000);
  const told = async (job: string) => {
    const [{ ID: id }] = (await nomad.get(`/v1/job/${job}/allocations`)).json;
    await nomad.put(`/v1/client/allocation/${id}/signal`, { Signal: 'SIGUSR1' });
    await nomad.put(`/v1/client/allocation/${id}/signal`, { Signal: 'SIGNOPE' });
    await nomad.clock.advance(500);
    const { TaskStates: states } = (await nomad.get(`/v1/allocation/${id}`)).json;
    return states.t.Events.slice(3).map((event: { DisplayMessage: string }) =>
      event.DisplayMessage.replace(/ in .*/, ''),
    );
  };
  assert.deepEqual(await told('web'), ['Task being sent a signal', 'Exit Code: 138, Signal: 10', 'Task restarting']);
  assert.deepEqual(await told('mock'), []);
});

test('of an allocation that was cleared away a client has no files any more, but knows what it used', async () => {
  const { nomad, id } = await running();
  const logs = async () => (await nomad.get(`/v1/client/fs/logs/${id}?task=t&type=stdout&plain=true`)).status;
  await nomad.get('/v1/client/gc');
  assert.equal(await logs(), 200, 'it runs');
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(1000);
  await nomad.get('/v1/client/gc');
  assert.equal(await logs(), 404);
  assert.equal((await nomad.get(`/v1/client/allocation/${id}/stats`)).status, 200);
});
