/** The os-nova target on a cloud and a Nomad of memory, spoken to as the plugin speaks to real ones. */
import { poolConfig, tagRule } from '../../plugins/target/os-nova/config.ts';
import { cloudConfig } from '../../plugins/target/os-nova/config-cloud.ts';
import { openCloud } from '../../plugins/target/os-nova/openstack/open.ts';
import { NovaSession } from '../../plugins/target/os-nova/session.ts';
import { settingsOf } from '../../plugins/target/os-nova/settings.ts';
import { explain } from '../../src/lib/error.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { World } from '../../src/lib/world.ts';
import type { Action } from '../../src/model/action.ts';
import type { Outcome, TargetStatus } from '../../src/model/target.ts';
import { OwnNode } from '../../src/nodepool/own-node.ts';
import { nomadClient } from '../../src/nomad/client.ts';
import { throughFetch } from '../../src/nomad/through-fetch.ts';
import { usual, usualAccount } from '../../src/openstack-server/config.ts';
import { configReader } from '../../src/sdk/config-reader.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { LogBook } from './goplugin.ts';
import { type PoolWorld, type PoolWorldOptions, poolWorld } from './openstack.ts';

type Texts = Readonly<Record<string, string>>;

/** A `fetch` that stands between the plugin and the world. */
export type Between = (request: Request, pass: (request: Request) => Promise<Response>) => Promise<Response>;

export interface PluginOptions {
  /** The agent's block, beside who logs in. */
  readonly agent?: Texts;
  /** Sees every request to the cloud and to Nomad. */
  readonly between?: Between;
  readonly seed?: number;
  /** `NOMAD_ALLOC_ID` */
  readonly allocation?: string;
}

/** The policy that all tests begin with. */
export const usualPolicy: Texts = {
  pool_name: 'nom-pool',
  name_prefix: 'nom-',
  image_id: usual.image.id,
  flavor_name: usual.flavor.name,
  network_id: usual.network.id,
  node_class: 'nom-pool',
  node_purge: 'true',
};

const agentReader = configReader(cloudConfig, undefined, []);
const policyReader = configReader(poolConfig, tagRule, []);

/** @throws `invalid_config`. */
export const policyOf = (texts: Texts = {}) => policyReader.read({ ...usualPolicy, ...texts });

export interface TestPlugin {
  readonly log: LogBook;
  readonly session: NovaSession;
  status(policy?: Texts): Promise<TargetStatus>;
  scale(count: number, policy?: Texts, signal?: AbortSignal): Promise<Outcome>;
}

/** Starts a plugin: nothing of an earlier one is known to it but what stands in the cloud and in Nomad. */
export async function startPlugin(world: PoolWorld, options: PluginOptions = {}): Promise<TestPlugin> {
  const { agent = {}, between = (request, pass) => pass(request), seed = 7, allocation } = options;
  const { clock } = world;
  const log = new LogBook();
  const own: World & { env: Texts } = {
    ...{ clock, random: seededRandom(seed), log: log.root, telemetry: noTelemetry, env: {} },
  };
  const config = agentReader.read({
    auth_url: world.authUrl,
    username: usualAccount.userName,
    password: usualAccount.password,
    domain_name: usualAccount.domainName,
    project_id: usualAccount.projectId,
    ...agent,
  });
  const settings = settingsOf(config);
  const cloud = await openCloud(config, own, { fetch: (request) => between(request, (one) => world.cloud.fetch(one)) });
  const origin = 'http://nomad.test:4646';
  const nomad = nomadClient(
    { address: origin, tls: {}, waitMs: 300_000 },
    throughFetch((request) => between(request, (one) => world.nomad.server.fetch(one)), origin),
  );
  const ownNode = new OwnNode(nomad, allocation, log.root);
  const session = new NovaSession({
    ...{ cloud, settings, world: own },
    parts: { clock, random: own.random, log: log.root, nomad, ownNode },
  });
  const never = new AbortController().signal;
  return {
    log,
    session,
    status: async (policy) => session.status(policyOf(policy), never),
    scale: async (count, policy, signal = never) => session.scale(to(count), policyOf(policy), signal),
  };
}

/** An action that leads to a count. */
export const to = (count: number): Action => ({ direction: 'up', count, reason: 'a test', meta: {} });

export interface PoolTest extends TestPlugin {
  readonly world: PoolWorld;
}

export interface PoolTestOptions extends PluginOptions {
  readonly world?: PoolWorldOptions;
  /** Servers that are there, made by the plugin with this policy. */
  readonly servers?: number;
  readonly policy?: Texts;
}

/** A world with servers that have joined, and a plugin that has looked at it once. */
export async function poolTest(t: { after(work: () => void): void }, options: PoolTestOptions = {}): Promise<PoolTest> {
  const world = poolWorld(options.world);
  t.after(() => world.close());
  const pool = await startIn(world, options);
  const { servers = 0 } = options;
  if (servers > 0) await pool.scale(servers);
  await world.clock.advance(10_000); // they join
  return pool;
}

/** Another plugin in the same world, which knows nothing of the first. */
export const restarted = ({ world }: PoolTest, options: PoolTestOptions = {}): Promise<PoolTest> =>
  startIn(world, options);

async function startIn(world: PoolWorld, options: PoolTestOptions): Promise<PoolTest> {
  const plugin = await world.run(startPlugin(world, options));
  const { policy = {} } = options;
  return {
    ...{ ...plugin, world },
    status: (texts?: Texts) => world.run(plugin.status({ ...policy, ...texts })),
    scale: (count: number, texts?: Texts, signal?: AbortSignal) =>
      world.run(plugin.scale(count, { ...policy, ...texts }, signal)),
  };
}

/** @returns the whole text of the error that the work ends with. */
export const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => explain(error),
  );

/** Breaks the oldest server. @returns its ID. */
export function breakServer({ world }: Pick<PoolTest, 'world'>): string {
  const { servers } = world.cloud.state;
  const [server] = servers.values();
  if (server === undefined) throw new Error('there is none');
  const fault = { code: 500, message: 'the disk is gone', at: world.clock.now() };
  servers.set(server.id, { ...server, status: 'ERROR', fault });
  return server.id;
}
