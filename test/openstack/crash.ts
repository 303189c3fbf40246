/** The plugin is killed in the middle of a scaling; another one is started, and the pool ends up as it should be. */
import assert from 'node:assert/strict';
import { eventually } from '../support/program.ts';
import { joined, type NovaPlugin, openStage, type Scenario, type Stage } from './stage.ts';
import { shown } from './tap.ts';

interface Death {
  readonly from: number;
  readonly to: number;
  /** As `shown` writes it; the first request of this kind is the last one. */
  readonly at: string;
  /** Whether it reaches the other side. */
  readonly isCarriedOut: boolean;
}

/** A sample; every await is enumerated by unit tests on virtual time. */
const deaths: readonly Death[] = [
  { from: 1, to: 3, at: 'POST /servers', isCarriedOut: true },
  { from: 1, to: 3, at: 'POST /floatingips', isCarriedOut: false },
  { from: 1, to: 3, at: 'POST /floatingips', isCarriedOut: true },
  { from: 3, to: 1, at: 'PUT /node/*/drain', isCarriedOut: true },
  { from: 3, to: 1, at: 'POST /servers/*/metadata', isCarriedOut: true },
  { from: 3, to: 1, at: 'POST /servers/*/action os-stop', isCarriedOut: true },
  { from: 3, to: 1, at: 'DELETE /servers/*', isCarriedOut: true },
  { from: 3, to: 1, at: 'PUT /node/*/purge', isCarriedOut: false },
];

export const crashScenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  deaths.map((death) => {
    const when = death.isCarriedOut ? 'after' : 'before';
    const title = `killed ${when} ${death.at} on the way from ${death.from} to ${death.to}: the next start leaves no orphan`;
    return [title, (t, cloud) => openStage(t, cloud).then((stage) => die(stage, death))] satisfies [string, Scenario];
  }),
);

async function die(stage: Stage, { from, to, at, isCarriedOut }: Death): Promise<void> {
  const policy = { floatingip_pool_name: stage.cloud.facts.externalNetworkName };
  const first = await stage.plugin();
  await first.scale(from, policy);
  await joined(stage, from);
  await first.ready(policy);

  const dead = Promise.withResolvers<void>();
  let isDead = false;
  stage.tap.between = async (request, pass) => {
    if (isDead) throw new Error('the caller is dead');
    if (shown(request) !== at) return pass();
    isDead = true;
    if (isCarriedOut) await pass();
    first.kill();
    dead.resolve();
    throw new Error('the caller is dead');
  };
  await Promise.all([dead.promise, assert.rejects(first.scale(to, policy))]);
  stage.tap.between = undefined;

  const second = await stage.plugin();
  await second.ready(policy);
  const count = (await stage.servers()).length;
  assert.ok(Math.min(from, to) <= count && count <= Math.max(from, to), `${count} servers before the next scaling`);
  await joined(stage, count);
  await reach(second, to, policy);
  await joined(stage, to);
  const looked = async () => {
    await second.ready(policy); // as every round of the agent does; it mends while nobody waits
    await inOrder(stage, to);
    return true;
  };
  await eventually('the pool is in order', looked, stage.cloud.patienceMs);
}

/** As an agent does it: with the next round, when the pool was not ready in this one. */
async function reach(plugin: NovaPlugin, count: number, policy: Readonly<Record<string, string>>): Promise<void> {
  await eventually(
    `${count} servers`,
    async () => {
      const seen = await plugin.ready(policy);
      if (seen.count !== count) await plugin.scale(count, policy);
      return seen.count === count ? true : undefined;
    },
    120_000,
  );
}

/** Every server runs, has its node and its floating IP; there is nothing else. */
async function inOrder(stage: Stage, count: number): Promise<void> {
  const servers = await stage.servers();
  assert.deepEqual(
    servers.map(({ status }) => status),
    Array(count).fill('ACTIVE'),
  );
  assert.deepEqual(stage.nodes(), servers.map(({ name }) => `${name} ready`).sort());
  const { ports } = await stage.user.ask('network', 'GET', '/v2.0/ports');
  const owned = new Map(ports.map((port: { id: string; device_id: string }) => [port.id, port.device_id]));
  const ips = await stage.user.floatingIps();
  assert.deepEqual(ips.map(({ port_id }) => owned.get(port_id ?? '')).sort(), servers.map(({ id }) => id).sort());
}
