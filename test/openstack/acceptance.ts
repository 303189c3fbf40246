/**
 * The acceptance case: policy and agent configuration of the operator who started it all, by the built agent with the built
 * plugin as its subprocess. Nothing differs but IDs, addresses and, so that it does not take half an hour, two intervals.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { childrenOf, isAlive } from '../support/proc.ts';
import { eventually, type Program } from '../support/program.ts';
import { startAgent } from './agent.ts';
import type { TestCloud } from './cloud.ts';
import { missingFrom } from './recorded-lines.ts';
import { isCreation, joined, openStage, type Scenario, type Stage } from './stage.ts';

export const acceptanceScenarios: Readonly<Record<string, Scenario>> = {
  async 'the acceptance policy: from nothing to one by its bounds, to two by load, and back to one'(t, cloud) {
    const stage = await openStage(t, cloud);
    const agent = await startAgent(t, stage);

    const first = await agent.line(/ calculating scaling target: /, cloud.patienceMs);
    assert.match(first, / from=0 to=1 reason="current count \(0\) below limit \(1\)" /);
    await submitted(agent, cloud, 0);
    await joined(stage, 1);
    const [server] = await stage.servers();
    assert.match(server?.name ?? '', /^nom-[0-9a-f]{8}-[0-9a-f]{4}$/);
    assert.deepEqual(server?.tags.toSorted(), ['na_pool:nom-pool', 'nom-pool', 'ubuntu-minimal']);

    const busy = agent.mark();
    await stage.run('small', 200);
    await stage.run('big', 1500); // 1700 of 2000 MHz: 85 % against 70 %
    await agent.line(
      / calculating scaling target: .* from=1 to=2 reason="scaling up because factor is 1\.21/,
      60_000,
      busy,
    );
    await submitted(agent, cloud, busy);
    await joined(stage, 2);
    assert.equal((await stage.servers()).length, 2);
    await stage.run('late', 400); // there is room for it on the second node only

    const idle = agent.mark();
    const before = stage.tap.seen.length;
    await stage.stop('big');
    await agent.line(
      / calculating scaling target: .* from=2 to=1 reason="scaling down because factor is /,
      60_000,
      idle,
    );
    await submitted(agent, cloud, idle);
    assert.deepEqual(stage.tap.writes(before), [
      'PUT /node/*/drain',
      'POST /servers/*/metadata',
      'POST /servers/*/action os-stop',
      'DELETE /servers/*',
      'PUT /node/*/purge',
    ]);
    const [left, ...others] = await stage.servers();
    assert.deepEqual([others, stage.nodes()], [[], [`${left?.name} ready`]]);
    const quiet = agent.mark();
    await agent.line(/ calculating scaling target: .* from=1 to=1 | skipping scaling, no action needed/, 60_000, quiet);

    agent.process.kill('SIGTERM');
    assert.equal(await agent.ended(), 0);
    const lines = agent.output().split('\n');
    assert.deepEqual(
      lines.filter((line) => line.includes('[ERROR]') || line.includes(cloud.facts.password)),
      [],
    );
    const missing = missingFrom(agent.output());
    if (missing === undefined)
      t.diagnostic('left out: the recordings of the real autoscaler are not beside this repository');
    assert.deepEqual(missing ?? [], []);
  },

  async 'load returns while a node drains: the scaling in is called off, and every node is in service again'(t, cloud) {
    const stage = await openStage(t, cloud);
    const agent = await startAgent(t, stage);
    await joined(stage, 1);
    await stage.run('pair', 100, 2);
    await stage.run('big', 1500); // 1600 of 2000 MHz: 80 % against 70 %
    await joined(stage, 2);

    await stage.stop('big');
    const draining = async () => (stage.nodes().some((node) => node.endsWith('draining')) ? true : undefined);
    await eventually('a node drains', draining, 3 * cloud.patienceMs); // its half of the pair finds no other node
    const mark = agent.mark();
    const before = stage.tap.seen.length;
    await stage.run('back', 1500);
    await agent.line(/ load returned, calling off the scaling in that is under way/, 2 * cloud.patienceMs, mark);
    await agent.line(/ scaling in was called off/, cloud.patienceMs, mark);
    const inService = async () => (stage.nodes().every((node) => node.endsWith(' ready')) ? true : undefined);
    await eventually('every node is in service', inService, cloud.patienceMs);
    assert.deepEqual([stage.nodes().length, (await stage.servers()).length], [2, 2]);
    assert.deepEqual(stage.tap.writes(before), ['PUT /node/*/drain'], 'the end of the drain, and nothing else');
    assert.deepEqual(
      agent
        .output()
        .split('\n')
        .filter((line) => line.includes('[ERROR]')),
      [],
    );
  },

  async 'the plugin is killed while a server is being made: the agent starts it again, and there is one server in the end'(
    t,
    cloud,
  ) {
    const stage = await openStage(t, cloud);
    const agent = await startAgent(t, stage);
    await whileCreating(stage, () => process.kill(pluginOf(agent), 'SIGKILL'));
    await agent.line(/ successfully launched and dispensed plugin: plugin_name=os-nova/, 60_000, agent.mark());
    await settled(stage);
    assert.equal(stage.tap.seen.filter(isCreation).length, 1);
  },

  async 'the agent is killed while a server is being made: its plugin ends too, and the next one has one server in the end'(
    t,
    cloud,
  ) {
    const stage = await openStage(t, cloud);
    const agent = await startAgent(t, stage);
    const plugin = await whileCreating(stage, () => {
      const pid = pluginOf(agent);
      agent.process.kill('SIGKILL');
      return pid;
    });
    await eventually('the plugin has ended', async () => (isAlive(plugin) ? undefined : true));
    await startAgent(t, stage);
    await settled(stage);
  },
};

const submitted = (agent: Program, { patienceMs }: TestCloud, from: number): Promise<string> =>
  agent.line(
    / successfully submitted scaling action to target, scaling policy has been placed into cooldown: /,
    2 * patienceMs,
    from,
  );

/** Does it when Nova has taken the request for the first server; nobody hears of the answer. */
async function whileCreating<T>(stage: Stage, strike: () => T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  stage.tap.between = async (request, pass) => {
    const answer = await pass();
    if (!isCreation(request)) return answer;
    stage.tap.between = undefined;
    resolve(strike());
    throw new Error('the caller is dead');
  };
  return promise;
}

/** One server, which is a node and stays the only one. */
async function settled(stage: Stage): Promise<void> {
  await joined(stage, 1);
  const mark = stage.tap.seen.length;
  const looks = () => stage.tap.seen.slice(mark).filter(({ path }) => path.includes('/servers/detail')).length;
  await eventually('two more rounds', async () => (looks() >= 2 ? true : undefined), stage.cloud.patienceMs);
  const [server, ...others] = await stage.servers();
  assert.deepEqual([server?.status, others, stage.nodes()], ['ACTIVE', [], [`${server?.name} ready`]]);
}

function pluginOf(agent: Program): number {
  const found = childrenOf(agent.process.pid ?? 0).find((pid) => /os-nova/.test(commandLine(pid)));
  if (found === undefined) throw new Error('the agent has no process of os-nova');
  return found;
}

const commandLine = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
