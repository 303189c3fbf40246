/** Servers that come, and those that cannot. */
import assert from 'node:assert/strict';
import { eventually } from '../support/program.ts';
import { isCreation, joined, openStage, type Scenario, type Stage, statuses } from './stage.ts';

export const scaleOutScenarios: Readonly<Record<string, Scenario>> = {
  async 'five servers are made at the same time as one'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(1); // the first one warms everything up
    const oneMs = await timed(() => plugin.scale(2));
    const mark = stage.tap.seen.length;
    const fiveMs = await timed(() => plugin.scale(7));
    t.diagnostic(`${cloud.name}: ${compared(oneMs, fiveMs)}`);
    assert.deepEqual(await statuses(stage), Array(7).fill('ACTIVE'));
    const posts = stage.tap.seen.slice(mark).filter(isCreation);
    assert.equal(posts.length, 5);
    const [first, last] = [posts[0]?.at ?? 0, posts.at(-1)?.at ?? 0];
    assert.ok(last - first < oneMs, 'the last one is asked for before the first one runs');
    const { count, ready } = await plugin.ready();
    assert.deepEqual([count, ready], [7, true]);
  },

  async 'os-nova #55, #73: a server has its floating IP before it counts, and leaves none behind'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    const policy = { floatingip_pool_name: cloud.facts.externalNetworkName };
    await plugin.scale(2, policy);
    const ips = await stage.user.floatingIps();
    assert.equal(ips.length, 2);
    assert.ok(ips.every((ip) => ip.port_id !== null));
    await joined(stage, 2);
    await plugin.ready(policy);
    await plugin.scale(0, policy);
    assert.deepEqual(await stage.user.floatingIps(), []);
    assert.deepEqual([await stage.servers(), stage.nodes()], [[], []]);
  },

  async 'os-nova #53: a server for which no host has room fails at once with what Nova says, and leaves nothing'(
    t,
    cloud,
  ) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    const failing = plugin.scale(1, { flavor_name: cloud.facts.hugeFlavorName });
    const took = await timed(() => assert.rejects(failing, /No valid host was found/));
    assert.ok(took < cloud.patienceMs, `it took ${took} ms`);
    await empty(stage);
    await plugin.scale(1); // the pool works on
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
  },

  async 'a quota is read before the first server is made, and what there is room for is made'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await cloud.limitServers(1);
    await assert.rejects(plugin.scale(3), /the project's quota has room for 1 of 3 servers/);
    assert.equal(stage.tap.seen.filter(isCreation).length, 1);
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
  },

  async 'a 403 of Nova is told in its own words, is not tried again, and leaves nothing'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await cloud.limitPorts(0);
    await assert.rejects(plugin.scale(1), /but got 403 instead: .*(?:number of defined ports|[Qq]uota)/);
    assert.equal(stage.tap.seen.filter(isCreation).length, 1);
    await empty(stage);
    await cloud.limitPorts(undefined);
    await plugin.scale(1);
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
  },

  async 'a server in ERROR is taken away, so that another can take its place'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(1);
    const { facts } = cloud;
    const flavorRef = await stage.user.flavorId(facts.hugeFlavorName);
    const broken = await stage.user.createServer({
      ...{ name: 'nom-broken', imageRef: facts.imageId, flavorRef, networks: [{ uuid: facts.networkId }] },
      tags: ['na_pool:nom-pool'],
    });
    await eventually('it is in ERROR', async () => {
      const servers = await stage.servers();
      return servers.some(({ id, status }) => id === broken && status === 'ERROR') ? true : undefined;
    });
    const { count } = await plugin.ready();
    assert.equal(count, 1);
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
  },

  async 'a lost answer to the creation of a server makes neither two servers nor none'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    stage.tap.between = async (request, pass) => {
      const answer = await pass();
      if (!isCreation(request)) return answer;
      stage.tap.between = undefined;
      throw new Error('the connection breaks');
    };
    await plugin.scale(1);
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
    assert.equal(stage.tap.seen.filter(isCreation).length, 1);
  },

  async 'os-nova #58: a token that is no longer good is renewed once, by whoever notices, and nobody sees it'(
    t,
    cloud,
  ) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(1);
    const mark = stage.tap.seen.length;
    await stage.user.revoke(stage.tap.token ?? '');
    await eventually(
      'the services take the token no more',
      async () => {
        await plugin.status();
        return stage.tap.logins(mark) > 0 ? true : undefined;
      },
      cloud.tokenCacheMs + cloud.patienceMs,
    );
    await plugin.scale(3);
    assert.equal(stage.tap.logins(mark), 1);
    assert.deepEqual(await statuses(stage), ['ACTIVE', 'ACTIVE', 'ACTIVE']);
  },
};

/** For clouds whose boots can be delayed; on virtual time a unit test does it. */
export const slowBootScenarios: Readonly<Record<string, Scenario>> = {
  async 'five servers that boot for half a minute take little longer than one'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(1);
    await cloud.delayBoots?.(30_000);
    const oneMs = await timed(() => plugin.scale(2));
    const fiveMs = await timed(() => plugin.scale(7));
    t.diagnostic(`${cloud.name}, 30 s of boot more: ${compared(oneMs, fiveMs)}`);
    assert.deepEqual(await statuses(stage), Array(7).fill('ACTIVE'));
    assert.ok(fiveMs < 2 * oneMs, 'one after the other they would take five times as long');
  },
};

function compared(oneMs: number, fiveMs: number): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return `one server ${seconds(oneMs)}, five ${seconds(fiveMs)}, factor ${(fiveMs / oneMs).toFixed(2)}`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Deleting takes Nova a moment, for which nobody waits when nothing has come to be. */
async function empty(stage: Stage): Promise<void> {
  await eventually('no server is left', async () => ((await stage.servers()).length === 0 ? true : undefined));
  assert.deepEqual(await stage.user.floatingIps(), []);
}
