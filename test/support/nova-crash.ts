/**
 * Kills the os-nova plugin at a request, and perhaps the next one too, starts another one, lets it look at the pool, and tells what nobody would ever put in
 * order again.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { usual } from '../../src/openstack-server/config.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { jobBody } from './nomad-server.ts';
import { type Between, startPlugin, type TestPlugin } from './nova-pool.ts';
import { type PoolWorld, poolWorld } from './openstack.ts';

type Texts = Readonly<Record<string, string>>;

/** At which of its requests a plugin dies, and whether the other side has carried that one out. */
export interface Death {
  readonly at: number;
  readonly isCarriedOut: boolean;
}

/** A scaling that is to be cut off. */
export interface CutOff {
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  readonly death?: Death;
  /** The one after it dies as well, while it brings the pool in order. */
  readonly again?: Death;
}

export interface AfterDeath {
  /** Requests that the plugin made for the scaling, up to its death. */
  readonly requests: number;
  /** What is wrong once the second plugin has looked; each a line. */
  readonly wrong: readonly string[];
}

/** Servers with all that they can have, removed with all that goes with it. */
const usualExtras = {
  floatingip_pool_name: usual.externalNetwork.name,
  lb_pool_id: usual.balancerPool,
  lb_member_port: '8080',
  stop_first: 'true',
  node_drain_deadline: '1m',
};

/** What the seed varies beside the order of requests: how nodes are chosen, and how they are told apart. */
const variantOf = (seed: number) => ({
  policy: { ...usualExtras, node_selector_strategy: seed % 3 === 0 ? 'empty' : 'least_busy' },
  agent: seed % 2 === 0 ? { id_attribute: 'meta.os_id' } : {},
  hasJob: seed % 3 !== 0,
});

/** Requests of a plugin one by one, each after a moment that the seed decides, until its death. */
class Line {
  requests = 0;
  isDead = false;
  readonly #world: PoolWorld;
  readonly #random: () => number;
  #death: Death | undefined;

  constructor(world: PoolWorld, seed: number) {
    this.#world = world;
    this.#random = seededRandom(seed);
  }

  /** Counts from here on. */
  arm(death: Death | undefined): void {
    this.requests = 0;
    this.#death = death;
  }

  readonly between: Between = async (request, pass) => {
    await this.#delay();
    if (this.isDead) return nothing();
    this.requests++;
    if (this.requests !== this.#death?.at) return this.#answer(await pass(request));
    this.isDead = true;
    if (this.#death.isCarriedOut) await pass(request);
    return nothing();
  };

  async #answer(response: Response): Promise<Response> {
    await this.#delay();
    return this.isDead ? nothing() : response;
  }

  /** Of several that are under way it is not said which one comes first. */
  #delay(): Promise<void> {
    return new Promise((resolve) => this.#world.clock.after(Math.floor(this.#random() * 40), resolve));
  }
}

/** What a process that is gone hears. */
const nothing = () => new Promise<never>(() => undefined);

/** Plays it once. Without a death it tells how many requests the scaling makes. */
export async function cutOff({ from, to, seed, death, again }: CutOff): Promise<AfterDeath> {
  const world = poolWorld({ seed, cloud: { pace: { bootMs: 3_000 } } });
  const { policy, agent, hasJob } = variantOf(seed);
  /** A plugin that brings the pool in order, until it dies of that or has done it. */
  const mendUntil = async (death: Death) => {
    const line = new Line(world, seed);
    const plugin = await world.run(startPlugin(world, { seed: seed + 1, agent, between: line.between }));
    line.arm(death);
    const mending = untilReady(world, plugin, policy);
    mending.catch(() => undefined);
    await world.run(Promise.race([died(world, line), mending]));
  };
  try {
    const line = new Line(world, seed);
    const first = await world.run(startPlugin(world, { seed, agent, between: line.between }));
    if (from > 0) await world.run(first.scale(from, policy));
    await world.clock.advance(10_000);
    if (hasJob) await world.nomad.put('/v1/jobs', jobBody('work', { count: 3, cpu: 1200 }));
    await world.run(first.status(policy));
    await world.clock.advance(10_000);
    line.arm(death);
    const work = first.scale(to, policy);
    if (death === undefined) {
      await world.run(work);
      return { requests: line.requests, wrong: await wrongIn(world, [to]) };
    }
    work.catch(() => undefined);
    await world.run(died(world, line));
    if (again !== undefined) await mendUntil(again);
    const last = await world.run(startPlugin(world, { seed: seed + 2, agent }));
    await world.run(untilReady(world, last, policy));
    const wrong = await wrongIn(world, [from, to]);
    await world.run(last.scale(to, policy));
    await world.clock.advance(10_000);
    return { requests: line.requests, wrong: [...wrong, ...(await wrongIn(world, [to, to]))] };
  } finally {
    world.close();
  }
}

async function died(world: PoolWorld, line: Line): Promise<void> {
  while (!line.isDead) {
    await new Promise<void>((resolve) => world.clock.after(100, resolve));
  }
}

/** As an agent does it: again and again until the pool is ready. */
async function untilReady(world: PoolWorld, plugin: TestPlugin, policy: Texts): Promise<void> {
  for (let ready = 0; ready < 2; ) {
    const status = await plugin.status(policy);
    ready = status.ready ? ready + 1 : 0;
    await new Promise<void>((resolve) => world.clock.after(10_000, resolve));
    await turn();
  }
}

async function wrongIn(world: PoolWorld, [low = 0, high = low]: readonly number[]): Promise<readonly string[]> {
  await world.clock.advance(60_000); // heartbeats that stay away are missed
  const { servers, ports, floatingIps, members } = world.cloud.state;
  const wrong = [...world.orphans()];
  const count = servers.size;
  const [least, most] = low < high ? [low, high] : [high, low];
  if (count < least || count > most) wrong.push(`${count} servers, between ${least} and ${most} were asked for`);
  for (const { id, name, status, metadata } of servers.values()) {
    const own = [...ports.values()].filter(({ serverId }) => serverId === id);
    const ips = [...floatingIps.values()].filter(({ portId }) => own.some((port) => port.id === portId));
    const places = [...members.values()].filter((member) => member.name === id);
    if (status !== 'ACTIVE') wrong.push(`${name} is ${status}`);
    if (metadata['nomad-autoscaler.removing']) wrong.push(`${name} is still marked`);
    if (ips.length !== 1) wrong.push(`${name} has ${ips.length} floating IPs`);
    if (places.length !== 1) wrong.push(`${name} is a member ${places.length} times`);
  }
  const names = new Set([...servers.values()].map(({ name }) => name));
  for (const { Name, Status, SchedulingEligibility, Drain } of world.nomad.server.store.nodes()) {
    if (!names.has(Name)) wrong.push(`node ${Name} is there without a server`);
    else if (Drain || SchedulingEligibility !== 'eligible' || Status !== 'ready')
      wrong.push(`node ${Name} is out of service`);
  }
  return wrong;
}
