/** Tasks that really run, on a machine in memory and a virtual clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeMachine, fakeMachine } from '../../../support/machine.ts';
import { type JobOptions, jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const second = 1e9;
const app = { Driver: 'raw_exec', Config: { command: '/bin/app' } };

/** A job of one task `t` that is a process. */
const real = (id: string, options: JobOptions = {}) => jobBody(id, { ...options, task: { ...app, ...options.task } });

interface Stage {
  readonly nomad: TestNomad;
  readonly machine: FakeMachine;
  allocation(job: string): ReturnType<typeof allocationOf>;
  /** Of its newest allocation. */
  events(job: string, task?: string): Promise<readonly string[]>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
async function allocationOf(nomad: TestNomad, job: string): Promise<any> {
  const all = (await nomad.get(`/v1/job/${job}/allocations`)).json;
  const [newest] = all.sort((a: { CreateIndex: number }, b: { CreateIndex: number }) => b.CreateIndex - a.CreateIndex);
  return (await nomad.get(`/v1/allocation/${newest.ID}`)).json;
}

function stage(): Stage {
  const machine = fakeMachine();
  const nomad = testNomad({ machine });
  return {
    ...{ nomad, machine },
    allocation: (job) => allocationOf(nomad, job),
    async events(job, task = 't') {
      const { TaskStates: states } = await allocationOf(nomad, job);
      return states[task].Events.map(
        (one: { Type: string; DisplayMessage: string }) => `${one.Type}: ${one.DisplayMessage}`,
      );
    },
  };
}

async function run(nomad: TestNomad, body: unknown): Promise<void> {
  const answer = await nomad.put('/v1/jobs', body);
  assert.equal(answer.status, 200, answer.text);
  await nomad.clock.advance(1000);
}

const policy = (attempts: number) => ({ Attempts: attempts, Interval: 600 * second, Delay: 2 * second, Mode: 'fail' });
const noReschedule = { ReschedulePolicy: { Attempts: 0, Unlimited: false } };

test('a task is started in its own folder with its arguments and Nomad’s variables, and what it writes is its log', async () => {
  const { nomad, machine, allocation, events } = stage();
  const config = { command: '/bin/app', args: ['-port', '${NOMAD_PORT_http}', '${node.unique.name}', '${meta.none}'] };
  const group = { Networks: [{ DynamicPorts: [{ Label: 'http' }] }] };
  await run(nomad, real('web', { type: 'batch', group, task: { Config: config, Env: { WHO: '${NOMAD_JOB_ID}!' } } }));
  const { ID: id, AllocatedResources: resources } = await allocation('web');
  const port = resources.Shared.Ports[0].Value;
  const [process] = machine.processes;
  assert.deepEqual(process?.program.args, ['-port', String(port), 'n1', '${meta.none}']);
  assert.equal(process?.program.folder, `/data/alloc/${id}/t`);
  const { WHO, NOMAD_ALLOC_ID, NOMAD_TASK_DIR, NOMAD_ADDR_http, HOME } = process?.program.env ?? {};
  assert.deepEqual([WHO, NOMAD_ALLOC_ID, HOME], ['web!', id, '/home/me']);
  assert.deepEqual([NOMAD_TASK_DIR, NOMAD_ADDR_http], [`/data/alloc/${id}/t/local`, `127.0.0.1:${port}`]);
  assert.equal(machine.modeOf(`alloc/${id}/t/secrets`), 0o700);
  await process?.print('hello\n');
  await process?.print('oops\n', 'stderr');
  const log = `/v1/client/fs/logs/${id}?task=t&plain=true&type=`;
  assert.equal((await nomad.get(`${log}stdout`)).text, 'hello\n');
  assert.equal((await nomad.get(`${log}stderr`)).text, 'oops\n');
  process?.exit(0);
  await nomad.clock.advance(1000);
  assert.equal((await allocation('web')).ClientStatus, 'complete');
  assert.deepEqual((await events('web')).slice(2), ['Started: Task started by client', 'Terminated: Exit Code: 0']);
});

test('a task that fails is restarted as its policy says, and then not any more', async () => {
  const { nomad, machine, allocation, events } = stage();
  await run(nomad, real('web', { type: 'batch', group: { RestartPolicy: policy(1), ...noReschedule } }));
  machine.processes[0]?.exit(3);
  await nomad.clock.advance(1000);
  assert.equal((await allocation('web')).ClientStatus, 'pending');
  await nomad.clock.advance(2000);
  assert.equal(machine.processes.length, 2);
  machine.processes[1]?.exit(3);
  await nomad.clock.advance(1000);
  const { ClientStatus: status, TaskStates: states } = await allocation('web');
  assert.deepEqual([status, states.t.Failed, states.t.Restarts], ['failed', true, 1]);
  assert.equal(
    (await events('web')).at(-1),
    'Not Restarting: Exceeded allowed attempts 1 in interval 10m0s and mode is "fail"',
  );
  await nomad.clock.advance(60_000);
  assert.equal(machine.processes.length, 2);
});

test('a program that is not there or cannot be started fails its task, in Nomad’s words', async () => {
  const { nomad, machine, events } = stage();
  const none = { Config: { command: 'nosuch' } };
  const once = { type: 'batch', group: { RestartPolicy: policy(3), ...noReschedule } };
  await run(nomad, real('none', { ...once, task: none }));
  const executor = 'failed to launch command with executor: rpc error: code = Unknown desc =';
  assert.deepEqual((await events('none')).slice(2), [
    `Driver Failure: ${executor} binary "nosuch" could not be found`,
    'Not Restarting: Error was unrecoverable',
  ]);
  machine.problem = 'fork/exec /bin/app: exec format error';
  await run(nomad, real('bad', { ...once, task: { Config: { command: 'app', args: ['-x'] } } }));
  assert.equal(
    (await events('bad'))[2],
    `Driver Failure: ${executor} failed to start command path="/bin/app" --- args=["/bin/app" "-x"]: fork/exec /bin/app: exec format error`,
  );
  machine.problem = '';
  await run(nomad, real('lost', { ...once, task: { Config: { command: 'app', work_dir: '/nosuch' } } }));
  assert.match((await events('lost'))[2] ?? '', /: chdir \/nosuch: no such file or directory$/);
  assert.equal(machine.processes.length, 0);
});

test('a task that is stopped gets its own signal, and the whole group is ended when its time is over', async () => {
  const { nomad, machine, allocation, events } = stage();
  await run(nomad, real('web', { task: { KillSignal: 'SIGTERM', KillTimeout: 3 * second } }));
  const [process] = machine.processes;
  if (process !== undefined) process.deaf = true;
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(2500);
  assert.deepEqual(process?.signals, ['SIGTERM']);
  assert.equal((await allocation('web')).ClientStatus, 'running');
  await nomad.clock.advance(1000);
  assert.deepEqual(process?.signals, ['SIGTERM', 'SIGKILL']);
  assert.equal((await allocation('web')).ClientStatus, 'complete');
  assert.deepEqual((await events('web')).slice(3), [
    'Killing: Sent interrupt. Waiting 3s before force killing',
    'Terminated: Exit Code: 137, Signal: 9',
    'Killed: Task successfully killed',
  ]);
});

test('shutdown_delay is waited for before the signal, unless the stop says otherwise', async () => {
  const { nomad, machine, allocation, events } = stage();
  await run(nomad, real('web', { task: { ShutdownDelay: 4 * second } }));
  await nomad.put(`/v1/allocation/${(await allocation('web')).ID}/stop`);
  await nomad.clock.advance(3500);
  assert.deepEqual(machine.processes[0]?.signals, []);
  await nomad.clock.advance(1000);
  assert.deepEqual(machine.processes[0]?.signals, ['SIGINT']);
  const { ID: next } = await allocation('web');
  await nomad.put(`/v1/allocation/${next}/stop?no_shutdown_delay=true`);
  await nomad.clock.advance(1000);
  assert.deepEqual(machine.processes[1]?.signals, ['SIGINT']);
  const { TaskStates: states } = (await nomad.get(`/v1/allocation/${next}`)).json;
  const types = states.t.Events.map((one: { Type: string }) => one.Type);
  assert.ok(types.includes('Skipping shutdown delay'), types.join());
  assert.equal((await events('web')).at(-1), 'Started: Task started by client');
});

test('a restart by hand ends the process and starts another, and is answered when the first has ended', async () => {
  const { nomad, machine, allocation, events } = stage();
  await run(nomad, real('web'));
  const answering = nomad.put(`/v1/client/allocation/${(await allocation('web')).ID}/restart`);
  await nomad.clock.advance(500);
  assert.equal((await answering).status, 200);
  assert.deepEqual([machine.processes.length, machine.processes[0]?.signals], [2, ['SIGINT']]);
  assert.deepEqual((await events('web')).slice(3), [
    'Restart Signaled: User requested running tasks to restart',
    'Terminated: Exit Code: 130, Signal: 2',
    'Restarting: Task restarting in 0s',
    'Started: Task started by client',
  ]);
});

test('a signal reaches the process; one that ends it is an end like any other', async () => {
  const { nomad, machine, allocation, events } = stage();
  await run(nomad, real('web', { group: { RestartPolicy: policy(1) } }));
  const { ID: id } = await allocation('web');
  await nomad.put(`/v1/client/allocation/${id}/signal`, { Task: 't', Signal: 'SIGNOPE' });
  await nomad.put(`/v1/client/allocation/${id}/signal`, { Signal: 'SIGUSR1' });
  await nomad.clock.advance(500);
  assert.deepEqual(machine.processes[0]?.signals, ['SIGUSR1']);
  const [signaling, terminated, restarting] = (await events('web')).slice(3);
  assert.deepEqual(
    [signaling, terminated],
    ['Signaling: Task being sent a signal', 'Terminated: Exit Code: 138, Signal: 10'],
  );
  assert.match(restarting ?? '', /^Restarting: Task restarting in 2/);
});

const member = (name: string, more: object = {}) => ({
  ...{ Name: name, Driver: 'raw_exec', Config: { command: '/bin/app', args: [name] } },
  ...{ Resources: { CPU: 50, MemoryMB: 32 }, ...more },
});
const hook = (Hook: string, Sidecar = false) => ({ Lifecycle: { Hook, Sidecar } });

test('tasks start and end in the order of their lifecycle', async () => {
  const { nomad, machine, allocation } = stage();
  const tasks = [
    ...[member('main'), member('before', hook('prestart')), member('beside', hook('prestart', true))],
    ...[member('after', hook('poststart')), member('last', hook('poststop'))],
  ];
  await run(nomad, real('web', { type: 'batch', group: { Tasks: tasks } }));
  const names = () => machine.processes.map(({ program }) => program.args[0]);
  assert.deepEqual(names().sort(), ['before', 'beside']);
  machine.processOf('before').exit(0);
  await nomad.clock.advance(500);
  assert.deepEqual(names().slice(2), ['main', 'after']);
  machine.processOf('after').exit(0);
  machine.processOf('main').exit(0);
  await nomad.clock.advance(500);
  assert.deepEqual(machine.processOf('beside').signals, ['SIGINT']);
  assert.deepEqual(names().slice(4), ['last']);
  assert.equal((await allocation('web')).ClientStatus, 'running');
  machine.processOf('last').exit(0);
  await nomad.clock.advance(500);
  assert.equal((await allocation('web')).ClientStatus, 'complete');
  const { TaskStates: states } = await allocation('web');
  assert.ok(states.beside.Events.some((one: { Type: string }) => one.Type === 'Main Tasks Dead'));
});

test('an allocation is healthy whatever is still to follow its end', async () => {
  const { nomad, machine, allocation } = stage();
  const tasks = [member('main'), member('before', hook('prestart')), member('last', hook('poststop'))];
  await run(nomad, real('web', { group: { Tasks: tasks } }));
  await nomad.clock.advance(3000);
  machine.processOf('before').exit(0);
  await nomad.clock.advance(900);
  assert.equal((await allocation('web')).DeploymentStatus, undefined, 'its main task runs for less than a second');
  await nomad.clock.advance(1000);
  assert.equal((await allocation('web')).DeploymentStatus.Healthy, true);
});

test('a leader that is over takes the others with it, and so does a task that fails', async () => {
  const { nomad, machine, events } = stage();
  const group = { RestartPolicy: policy(0), ...noReschedule };
  await run(
    nomad,
    real('led', { type: 'batch', group: { ...group, Tasks: [member('boss', { Leader: true }), member('led')] } }),
  );
  machine.processOf('boss').exit(0);
  await nomad.clock.advance(500);
  assert.deepEqual(machine.processOf('led').signals, ['SIGINT']);
  assert.ok((await events('led', 'led')).includes('Leader Task Dead: Leader Task in Group dead'));
  await run(nomad, real('pair', { type: 'batch', group: { ...group, Tasks: [member('one'), member('two')] } }));
  machine.processOf('one').exit(1);
  await nomad.clock.advance(500);
  assert.deepEqual(machine.processOf('two').signals, ['SIGINT']);
  assert.ok((await events('pair', 'two')).includes('Sibling Task Failed: Task\'s sibling "one" failed'));
  const evaluations = (await nomad.get('/v1/job/pair/evaluations')).json;
  assert.equal(evaluations.length, 1, 'it may not be tried again, and what the other task tells changes nothing');
});

test('an allocation that fails is tried again once, whatever its other tasks still tell', async () => {
  const { nomad, machine } = stage();
  const group = {
    RestartPolicy: policy(0),
    ReschedulePolicy: { Attempts: 5, Interval: 600 * second, Delay: 5 * second },
  };
  await run(nomad, real('pair', { type: 'batch', group: { ...group, Tasks: [member('one'), member('two')] } }));
  machine.processOf('two').deaf = true;
  machine.processOf('one').exit(1);
  await nomad.clock.advance(3000);
  machine.processOf('two').exit(0);
  await nomad.clock.advance(500);
  const evaluations = (await nomad.get('/v1/job/pair/evaluations')).json;
  const reasons = evaluations.map((one: { TriggeredBy: string }) => one.TriggeredBy).sort();
  assert.deepEqual(
    reasons,
    ['alloc-failure', 'alloc-reschedule', 'job-register'],
    'one now, and the one that waits for the delay',
  );
});

test('a prestart task that fails keeps the main task from starting', async () => {
  const { nomad, machine, allocation } = stage();
  const tasks = [member('main'), member('before', hook('prestart'))];
  await run(nomad, real('web', { type: 'batch', group: { Tasks: tasks, RestartPolicy: policy(0), ...noReschedule } }));
  machine.processOf('before').exit(1);
  await nomad.clock.advance(1000);
  assert.equal(machine.processes.length, 1);
  assert.equal((await allocation('web')).ClientStatus, 'failed');
});

test('an allocation that runs longer than it may is ended and complete', async () => {
  const { nomad, machine, allocation, events } = stage();
  await run(nomad, real('web', { type: 'batch', group: { MaxRunDuration: 5 * second } }));
  await nomad.clock.advance(6000);
  assert.deepEqual(machine.processes[0]?.signals, ['SIGINT']);
  const { ClientStatus: status, ClientDescription: why } = await allocation('web');
  assert.deepEqual([status, why], ['complete', 'allocation exceeded max_run_duration']);
  assert.ok((await events('web')).includes('Killing: allocation exceeded max_run_duration'));
});

test('what ran on a client that left is ended at once, and starts anew when it is back and still wanted', async () => {
  const { nomad, machine, allocation } = stage();
  const { simulation } = nomad.server;
  await run(nomad, real('stays', { group: { Disconnect: { LostAfter: 3600 * second, Replace: false } } }));
  await run(nomad, real('goes', { task: { Config: { command: '/bin/app', args: ['goes'] } } }));
  const { ID: stays } = await allocation('stays');
  const node = simulation.find('n1');
  assert.ok(node);
  simulation.leave(node);
  await nomad.clock.advance(1000);
  assert.deepEqual(
    machine.processes.map(({ signals }) => signals),
    [['SIGKILL'], ['SIGKILL']],
  );
  assert.equal((await allocation('stays')).ClientStatus, 'unknown');
  const gone = (await allocation('goes')).ID;
  const back = simulation.find('n1');
  assert.ok(back);
  simulation.comeBack(back);
  await nomad.clock.advance(1000);
  const { ClientStatus: status, TaskStates: states } = (await nomad.get(`/v1/allocation/${stays}`)).json;
  assert.equal(status, 'running');
  const types = states.t.Events.map((one: { Type: string }) => one.Type);
  assert.deepEqual(types.slice(-2), ['Reconnected', 'Started']);
  const old = (await nomad.get(`/v1/allocation/${gone}`)).json;
  assert.equal(old.ClientStatus, 'complete');
  assert.equal(old.TaskStates.t.Events.at(-2).DisplayMessage, 'Exit Code: 137, Signal: 9');
});

test('a server that goes on with a state that was kept starts anew what ran', async () => {
  const { nomad, machine } = stage();
  await run(nomad, real('web'));
  const state = nomad.server.savedState();
  await Promise.all([nomad.server.endTasks(), nomad.clock.advance(100)]);
  nomad.server.close();
  assert.ok(machine.processes[0]?.isOver);
  const again = fakeMachine();
  const next = testNomad({ nodes: [], machine: again, state }, 2, nomad.clock.now());
  await next.clock.advance(1000);
  assert.equal(again.processes.length, 1);
  const { ClientStatus: status, TaskStates: states } = await allocationOf(next, 'web');
  assert.deepEqual([status, states.t.Restarts], ['running', 0]);
  await next.delete('/v1/job/web');
  await next.clock.advance(1000);
  assert.deepEqual(again.processes[0]?.signals, ['SIGINT']);
});

test('statistics and metrics tell what the processes use', async () => {
  const { nomad, machine, allocation } = stage();
  await run(nomad, real('web'));
  const { ID: id } = await allocation('web');
  const pid = machine.processes[0]?.pid ?? 0;
  const use = (userMs: number) =>
    machine.uses.set(pid, { pid, userMs, systemMs: 0, rssBytes: 5 * 2 ** 20, swapBytes: 0 });
  use(100);
  await nomad.get(`/v1/client/allocation/${id}/stats`);
  await nomad.clock.advance(2000);
  use(1100); // a second of CPU in two
  const stats = (await nomad.get(`/v1/client/allocation/${id}/stats`)).json;
  const { Percent, TotalTicks } = stats.ResourceUsage.CpuStats;
  assert.deepEqual([Percent, TotalTicks], [50, 1000]); // of a core of 2,000 MHz
  assert.equal(stats.ResourceUsage.MemoryStats.RSS, 5 * 2 ** 20);
  assert.deepEqual(Object.keys(stats.Tasks.t.Pids), [String(pid)]);
  const metrics = (await nomad.get('/v1/metrics?format=prometheus')).text;
  assert.match(metrics, /nomad_client_allocs_cpu_total_ticks\{[^}]*\} 1000\n/);
  assert.match(metrics, /nomad_client_allocs_memory_usage\{[^}]*\} 5242880\n/);
  machine.processes[0]?.exit(0);
});

test('a template is written, and one that asks for more than it may fails its task', async () => {
  const { nomad, machine, allocation, events } = stage();
  const plain = { EmbeddedTmpl: 'job {{ env "NOMAD_JOB_ID" }}\n', DestPath: 'local/a.txt', Perms: '0640' };
  const env = { EmbeddedTmpl: 'MODE=fast\n', DestPath: 'secrets/env', Envvars: true };
  await run(nomad, real('web', { task: { Templates: [plain, env] } }));
  const { ID: id } = await allocation('web');
  assert.equal(machine.text(`alloc/${id}/t/local/a.txt`), 'job web\n');
  assert.equal(machine.modeOf(`alloc/${id}/t/local/a.txt`), 0o640);
  assert.equal(machine.processes[0]?.program.env['MODE'], 'fast');
  const asks = { EmbeddedTmpl: '{{ key "a" }}', DestPath: 'local/b.txt' };
  await run(nomad, real('asks', { type: 'batch', group: noReschedule, task: { Templates: [asks] } }));
  assert.equal(
    (await events('asks'))[2],
    'Setup Failure: template "local/b.txt": {{ key "a" }} cannot be rendered here, only plain text and {{ env "NAME" }}',
  );
  assert.equal(machine.processes.length, 1);
});

test('tasks of other drivers beside a real one are pretended', async () => {
  const { nomad, machine, allocation } = stage();
  const mock = { ...member('mock'), Driver: 'mock_driver', Config: { run_for: '2s' } };
  await run(nomad, real('web', { type: 'batch', group: { Tasks: [member('main'), mock] } }));
  assert.equal(machine.processes.length, 1);
  machine.processes[0]?.exit(0);
  await nomad.clock.advance(3000);
  assert.equal((await allocation('web')).ClientStatus, 'complete');
});

test('in the end every task is ended as its job asks for, the machine is given back, and nothing starts any more', async () => {
  const { nomad, machine } = stage();
  await run(nomad, real('web', { task: { KillTimeout: 2 * second } }));
  const [process] = machine.processes;
  if (process !== undefined) process.deaf = true;
  let isDone = false;
  const ending = nomad.server.endTasks().then(() => {
    isDone = true;
  });
  await nomad.clock.advance(1500);
  assert.deepEqual([process?.signals, isDone], [['SIGINT'], false]);
  await nomad.clock.advance(1000);
  await ending;
  assert.deepEqual([process?.signals, machine.isClosed], [['SIGINT', 'SIGKILL'], true]);
  await run(nomad, real('late'));
  assert.equal(machine.processes.length, 1);
});

test('in the end nobody waits for a delay before a signal', async () => {
  const { nomad, machine } = stage();
  await run(nomad, real('own', { task: { ShutdownDelay: 600 * second } }));
  await run(nomad, real('group', { group: { ShutdownDelay: 600 * second } }));
  for (const job of ['own', 'group']) await nomad.delete(`/v1/job/${job}`);
  await nomad.clock.advance(1000);
  assert.deepEqual(
    machine.processes.flatMap(({ signals }) => signals),
    [],
  );
  await nomad.server.endTasks();
  assert.deepEqual(
    machine.processes.map(({ signals }) => signals),
    [['SIGINT'], ['SIGINT']],
  );
  nomad.server.close();
  assert.equal(nomad.clock.pending, 0);
});

test('the machine is given back when the last task is gone, also one whose client left while it started', async () => {
  const machine = fakeMachine();
  const held = Promise.withResolvers<void>();
  const start: typeof machine.start = async (program, outputs) => {
    await held.promise;
    return machine.start(program, outputs);
  };
  let isClosed = false;
  const close = async () => {
    isClosed = true;
  };
  const nomad = testNomad({ machine: { ...machine, start, close } });
  await run(nomad, real('web'));
  await nomad.put('/v1/_sim/node/n1/leave');
  const ending = nomad.server.endTasks();
  await nomad.clock.advance(1000);
  assert.deepEqual([machine.processes.length, isClosed], [0, false]);
  held.resolve();
  await ending;
  assert.deepEqual([machine.processes[0]?.signals, isClosed], [['SIGKILL'], true]);
});

test('a task that is named like a folder above it does not start', async () => {
  const { nomad, machine, allocation } = stage();
  await run(nomad, real('web', { type: 'batch', group: noReschedule, task: { Name: '..' } }));
  const { ClientStatus: status, TaskStates: states } = await allocation('web');
  assert.equal(status, 'failed');
  assert.equal(states['..'].Events[2].DisplayMessage, 'no folder can be named "..", as the task is');
  assert.equal(machine.processes.length, 0);
});

test('what a task used last is told when it is over', async () => {
  const { nomad, machine, allocation } = stage();
  await run(nomad, real('web', { type: 'batch' }));
  const { ID: id } = await allocation('web');
  const [process] = machine.processes;
  const pid = process?.pid ?? 0;
  machine.uses.set(pid, { pid, userMs: 100, systemMs: 0, rssBytes: 4096, swapBytes: 0 });
  await nomad.clock.advance(20_000); // the machine is looked at now and then
  machine.uses.delete(pid);
  process?.exit(0);
  await nomad.clock.advance(1000);
  const stats = (await nomad.get(`/v1/client/allocation/${id}/stats`)).json;
  assert.equal(stats.Tasks.t.ResourceUsage.MemoryStats.RSS, 4096);
});

test('the folder of an allocation goes when its client clears it away', async () => {
  const { nomad, machine, allocation } = stage();
  await run(nomad, real('web', { type: 'batch' }));
  machine.processes[0]?.exit(0);
  await nomad.clock.advance(1000);
  const { ID: id } = await allocation('web');
  assert.equal(machine.text(`alloc/${id}/alloc/logs/t.stdout.0`), '');
  await nomad.get(`/v1/client/allocation/${id}/gc`);
  await nomad.clock.advance(100);
  assert.equal(machine.text(`alloc/${id}/alloc/logs/t.stdout.0`), undefined);
  const { status, text } = await nomad.get(`/v1/client/fs/logs/${id}?task=t&type=stdout`);
  assert.deepEqual([status, text], [404, `state for allocation ${id} not found on client`]);
});

test('no page of the web starts a program by way of a browser', async () => {
  const { nomad, machine } = stage();
  const request = { method: 'POST', url: '/v1/jobs', body: JSON.stringify(real('web')) };
  for (const origin of ['https://example.com', 'null', 'http://127.0.0.1:4646']) {
    const { status, text } = await nomad.read({ ...request, headers: { origin } });
    assert.deepEqual([status, text], [403, 'web pages may not write where tasks really run']);
  }
  await nomad.clock.advance(1000);
  assert.equal(machine.processes.length, 0);
  const pretending = testNomad();
  assert.equal((await pretending.read({ ...request, headers: { origin: 'null' } })).status, 200);
});

test('without a machine nothing is started, and the task only pretends to run', async () => {
  const nomad = testNomad();
  await run(nomad, real('web', { task: { Config: { command: '/nosuch/program' } } }));
  assert.equal((await allocationOf(nomad, 'web')).ClientStatus, 'running');
});
