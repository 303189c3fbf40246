/** Servers that do not do what they are told: what an operator hears of it, what is left, and how it ends. */
import assert from 'node:assert/strict';
import { eventually } from '../support/program.ts';
import { isCreation, joined, type NovaPlugin, openStage, type Scenario, type Stage, statuses } from './stage.ts';

export const faultScenarios: Readonly<Record<string, Scenario>> = {
  async 'builds that abort: each is told with what Nova says, none is left, and the pool works on'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await cloud.strike('build-aborts');
    await assert.rejects(
      plugin.scale(2),
      /0 of 2 servers were created: .* status ERROR: Build of instance \S+ aborted/,
    );
    assert.equal(stage.tap.seen.filter(isCreation).length, 2);
    await eventually('no server is left', async () => ((await stage.servers()).length === 0 ? true : undefined));
    await cloud.strike(undefined);
    await plugin.scale(1);
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
  },

  async 'a server that does not stop is told, and goes when it can'(t, cloud) {
    await goesLater(await openStage(t, cloud), 'stop-ignored', /to get to SHUTOFF status/);
  },

  async 'a server that cannot be deleted is told, and goes when it can'(t, cloud) {
    await goesLater(await openStage(t, cloud), 'delete-fails', /to get to DELETED status/);
  },
};

async function goesLater(stage: Stage, fault: 'stop-ignored' | 'delete-fails', why: RegExp): Promise<void> {
  const { cloud } = stage;
  const plugin = await stage.plugin({ action_timeout: `${cloud.intervalMs * 2}ms` });
  const patient = await stage.plugin();
  await patient.scale(2);
  await joined(stage, 2);
  await plugin.ready();
  await cloud.strike(fault);
  await assert.rejects(plugin.scale(1), why);
  assert.equal((await stage.servers()).length, 2);
  await cloud.strike(undefined);
  await goes(stage, plugin);
}

/** With the rounds of the agent, and without another scaling. */
async function goes(stage: Stage, plugin: NovaPlugin): Promise<void> {
  const looked = async () => {
    await plugin.status();
    const servers = await stage.servers();
    assert.deepEqual(
      servers.map(({ status }) => status),
      ['ACTIVE'],
    );
    assert.deepEqual(
      stage.nodes(),
      servers.map(({ name }) => `${name} ready`),
    );
    return true;
  };
  await eventually('one server is left, which is a node', looked, 2 * stage.cloud.patienceMs);
}
