/** Tasks of the embedded Nomad as processes of this machine: the built program, real commands, the command line beside it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isAlive } from '../support/proc.ts';
import { eventually, freePort, type Program, runProgram, startProgram, temporaryFolder } from '../support/program.ts';

interface Stage {
  readonly agent: Program;
  /** Where the agent makes its folders. */
  readonly folder: string;
  /** Runs a command of `nomad`. @returns what it printed. */
  nomad(line: string, status?: number): Promise<string>;
  /** Starts one that goes on. */
  follow(line: string): Program;
  /** Registers a job of one group and one task. @returns the ID of its allocation, once that is there. */
  run(job: string, group: string, status: string): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  get(path: string): Promise<any>;
  allocation(id: string, status: string): ReturnType<Stage['get']>;
}

async function stage(t: TestContext, flags: readonly string[] = ['-dev-real-exec']): Promise<Stage> {
  const folder = temporaryFolder(t);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const env = { NOMAD_ADDR: address, TMPDIR: folder, NOMAD_TOKEN: 'a secret' };
  const agent = startProgram(['nomad', 'agent', '-dev', `-port=${port}`, ...flags], { env });
  t.after(() => agent.stop());
  await agent.line(/serves http/);
  const get: Stage['get'] = async (path) => (await fetch(`${address}${path}`)).json();
  const allocation: Stage['allocation'] = (id, status) =>
    eventually(`allocation ${status}`, async () => {
      const found = await get(`/v1/allocation/${id}`);
      return found.ClientStatus === status ? found : undefined;
    });
  return {
    ...{ agent, folder, get, allocation },
    async nomad(line, status = 0) {
      const { code, output } = await runProgram(['nomad', ...line.split(' ')], { env, cwd: folder });
      assert.equal(code, status, `nomad ${line}: ${output}`);
      return output;
    },
    follow: (line) => startProgram(['nomad', ...line.split(' ')], { env, cwd: folder }),
    async run(job, group, status) {
      await writeFile(join(folder, 'job.hcl'), `job "${job}" {\n${group}\n}\n`);
      const { code, output } = await runProgram(['nomad', 'job', 'run', '-detach', 'job.hcl'], { env, cwd: folder });
      assert.equal(code, 0, output);
      return eventually(`an allocation of ${job} that is ${status}`, async () => {
        const all: readonly { ID: string; ClientStatus: string }[] = await get(`/v1/job/${job}/allocations`);
        return all.find((one) => one.ClientStatus === status)?.ID;
      });
    },
  };
}

/** A task `t` that runs a script of the shell, in a group with further blocks. */
const shell = (script: string, { task = '', group = '' } = {}) => `
  group "g" {
    ${group}
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args    = ["-c", ${JSON.stringify(script).replaceAll('${', '$${')}]
      }
      ${task}
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }`;

const types = (task: { Events: readonly { Type: string }[] }) => task.Events.map(({ Type }) => Type);
const texts = (task: { Events: readonly { DisplayMessage: string }[] }) =>
  task.Events.map(({ DisplayMessage }) => DisplayMessage);

test('what a task writes, into its log and into its folder, is there to read', async (t) => {
  const { nomad, run, folder } = await stage(t);
  const script =
    'echo "hello from $NOMAD_JOB_ID as $WHO"; echo oops >&2; echo data > local/out; pwd; echo "[$NOMAD_TOKEN]"';
  const id = await run(
    'prints',
    `type = "batch"\n${shell(script, { task: 'env {\n WHO = "${NOMAD_TASK_NAME}"\n}' })}`,
    'complete',
  );
  const [greeting, place, token] = (await nomad(`alloc logs ${id}`)).split('\n');
  assert.equal(greeting, 'hello from prints as t');
  assert.ok(place?.startsWith(folder) && place.endsWith(`/alloc/${id}/t`), place);
  assert.equal(token, '[]');
  assert.equal(await nomad(`alloc logs -stderr ${id}`), 'oops\n');
  assert.equal(await nomad(`alloc logs -tail -n 1 ${id}`), '[]\n');
  assert.match(await nomad(`alloc fs ${id} t`), /^drwx------ .* local\/$/m);
  assert.equal(await nomad(`alloc fs ${id} t/local/out`), 'data\n');
});

test('a task that fails is restarted as its policy says, and then its allocation has failed', async (t) => {
  const { nomad, run, allocation } = await stage(t);
  const group = `restart {
      attempts = 1
      interval = "1m"
      delay    = "1s"
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }`;
  const id = await run('fails', `type = "batch"\n${shell('echo try; exit 7', { group })}`, 'failed');
  const { TaskStates: states } = await allocation(id, 'failed');
  assert.deepEqual(types(states.t).slice(2), [
    ...['Started', 'Terminated', 'Restarting'],
    ...['Started', 'Terminated', 'Not Restarting'],
  ]);
  assert.equal(texts(states.t)[3], 'Exit Code: 7');
  assert.equal(await nomad(`alloc logs ${id}`), 'try\ntry\n');
});

test('a task that does not mind being told is ended with all that it started', async (t) => {
  const { nomad, run, allocation, get } = await stage(t);
  const task = 'kill_signal = "SIGTERM"\nkill_timeout = "1s"';
  const id = await run(
    'stubborn',
    shell("trap '' TERM INT; sleep 300 & while :; do sleep 1; done", { task }),
    'running',
  );
  const pids = await eventually('its processes', async () => {
    const { Pids: found } = (await get(`/v1/client/allocation/${id}/stats`)).Tasks.t;
    return Object.keys(found).length > 2 ? Object.keys(found).map(Number) : undefined;
  });
  await nomad('job stop -detach stubborn');
  const { TaskStates: states } = await allocation(id, 'complete');
  assert.deepEqual(texts(states.t).slice(-3), [
    'Sent interrupt. Waiting 1s before force killing',
    'Exit Code: 137, Signal: 9',
    'Task successfully killed',
  ]);
  await eventually('their end', async () => (pids.some(isAlive) ? undefined : true));
});

test('a log is followed while it grows, until the task is stopped', async (t) => {
  const { nomad, run, follow } = await stage(t);
  const id = await run('ticks', shell('i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.2; done'), 'running');
  const log = follow(`alloc logs -f ${id}`);
  await log.line(/^tick 1$/);
  await log.line(/^tick 5$/);
  const file = follow(`alloc fs -f ${id} alloc/logs/t.stdout.0`);
  await file.line(/^tick 7$/);
  await nomad('job stop -detach ticks');
  assert.deepEqual([await log.ended(), await file.ended()], [0, 0]);
  const numbers = [...log.output().matchAll(/^tick (\d+)$/gm)].map(([, number]) => Number(number));
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, at) => at + 1),
  );
});

test('a restart, a signal and a stop by hand reach the process', async (t) => {
  const { nomad, run, allocation } = await stage(t);
  const group = 'restart {\n attempts = 3\n interval = "1m"\n delay = "1s"\n mode = "fail"\n}';
  const id = await run(
    'hand',
    shell("trap 'echo usr' USR1; echo up; while :; do sleep 0.1; done", { group }),
    'running',
  );
  await nomad(`alloc signal -s SIGUSR1 ${id}`);
  await eventually('the trap', async () => ((await nomad(`alloc logs ${id}`)) === 'up\nusr\n' ? true : undefined));
  await nomad(`alloc restart ${id}`);
  await eventually('the restart', async () =>
    (await nomad(`alloc logs ${id}`)) === 'up\nusr\nup\n' ? true : undefined,
  );
  await nomad(`alloc signal -s SIGKILL ${id}`);
  const killed = await eventually('the end by the signal', async () => {
    const { TaskStates: states } = await allocation(id, 'running');
    return texts(states.t).includes('Exit Code: 137, Signal: 9') && states.t.Restarts === 2 ? states.t : undefined;
  });
  assert.ok(types(killed).includes('Restart Signaled'));
  await nomad(`alloc stop -detach ${id}`);
  await allocation(id, 'complete');
});

test('the figures of a busy task are those of its processes', async (t) => {
  const { nomad, run, get } = await stage(t);
  const id = await run('busy', shell('while :; do :; done'), 'running');
  const { CpuStats, MemoryStats } = await eventually('CPU and memory', async () => {
    const { ResourceUsage: usage } = await get(`/v1/client/allocation/${id}/stats`);
    return usage.CpuStats.Percent > 10 && usage.MemoryStats.RSS > 100_000 ? usage : undefined;
  });
  assert.ok(CpuStats.TotalTicks > 0 && MemoryStats.Usage > 0);
  const { Gauges: gauges } = await get('/v1/metrics');
  const gauge = (name: string) => gauges.find((one: { Name: string }) => one.Name === name)?.Value;
  assert.ok(gauge('nomad.client.allocs.cpu.total_percent') > 0);
  assert.ok(gauge('nomad.client.allocs.memory.rss') > 100_000);
  assert.match(await nomad(`alloc status -stats ${id}`), /^[1-9]\d*\/50 MHz /m);
});

test('a web server listens on the port that it was given', async (t) => {
  const { nomad, run, get } = await stage(t);
  const source =
    "require('http').createServer((_, answer) => answer.end(process.env.NOMAD_META_text)).listen(process.env.NOMAD_PORT_http, process.env.NOMAD_IP_http)";
  const job = `
  meta {
    text = "it works"
  }
  group "g" {
    network {
      port "http" {}
    }
    update {
      min_healthy_time = "1s"
      health_check     = "task_states"
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = ${JSON.stringify(process.execPath)}
        args    = ["-e", ${JSON.stringify(source)}]
      }
    }
  }`;
  const id = await run('web', job, 'running');
  const { AllocatedResources: resources } = await get(`/v1/allocation/${id}`);
  const [{ Value: port }] = resources.Shared.Ports;
  const text = await eventually('an answer', async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
  assert.equal(text, 'it works');
  await eventually('a good deployment', async () =>
    (await get('/v1/job/web/deployment')).Status === 'successful' ? true : undefined,
  );
  await nomad('job stop -detach web');
});

const pidsOf = async ({ get }: Stage, id: string): Promise<readonly number[]> =>
  eventually('processes', async () => {
    const { Pids: found } = (await get(`/v1/client/allocation/${id}/stats`)).Tasks.t;
    return Object.keys(found).length > 1 ? Object.keys(found).map(Number) : undefined;
  });

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`no task outlives an agent that gets ${signal}, nor does its folder`, async (t) => {
    const all = await stage(t);
    const daemon = "setsid sh -c 'echo daemon $$; exec sleep 300' &";
    const id = await all.run('left', shell(`${daemon} trap '' TERM; sleep 300; sleep 300`), 'running');
    const daemonPid = await eventually('the daemon', async () =>
      /daemon (\d+)/.exec(await all.nomad(`alloc logs ${id}`))?.at(1),
    );
    const pids = [...(await pidsOf(all, id)), Number(daemonPid)];
    assert.ok(pids.every(isAlive));
    all.agent.process.kill(signal);
    assert.equal(await all.agent.ended(), signal === 'SIGKILL' ? signal : 0);
    await eventually('the end of the processes', async () => (pids.some(isAlive) ? undefined : true));
    const folders = () => readdirSync(all.folder).filter((name) => name.startsWith('nomad-autoscaler-tasks-'));
    await eventually('the end of the folder', async () => (folders().length === 0 ? true : undefined));
    assert.doesNotMatch(all.agent.output(), /a secret/);
  });
}

test('nothing is started unless it is asked for', async (t) => {
  const { run, folder } = await stage(t, []);
  const script = `touch ${folder}/touched; sleep 300`;
  await run('pretends', shell(script), 'running');
  assert.equal(existsSync(join(folder, 'touched')), false);
});
