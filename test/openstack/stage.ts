/**
 * A cloud, an embedded Nomad in which every server of the pool is a node as long as it runs, and a tap before both. The plugin
 * runs on it as a process of its own, from the executable of the build.
 */
import type { TestContext } from 'node:test';
import type { TargetStatus } from '../../src/model/target.ts';
import type { NomadServer } from '../../src/nomad-server/server.ts';
import { startNomad } from '../support/embedded-nomad.ts';
import { never } from '../support/goplugin.ts';
import { nodeText } from '../support/openstack.ts';
import { builtPlugin, type OurPair, ourPair } from '../support/plugin-pair.ts';
import { eventually } from '../support/program.ts';
import { CloudUser, type SeenServer, type TestCloud } from './cloud.ts';
import { clientsInProcess, followServers, isOfPool, poolName } from './guests.ts';
import { startTap, type Tap, type Tapped } from './tap.ts';

export type Texts = Readonly<Record<string, string>>;

export type Scenario = (t: TestContext, cloud: TestCloud) => Promise<void>;

export interface Stage {
  readonly cloud: TestCloud;
  readonly user: CloudUser;
  readonly nomad: NomadServer;
  readonly tap: Tap;
  /** Servers of the pool, the oldest first. */
  servers(): Promise<readonly SeenServer[]>;
  /** `nom-1 ready`, `nom-2 ready draining`, `nom-3 down ineligible`, by name. */
  nodes(): readonly string[];
  /** Registers a service job `name` that only runs on nodes of the pool, each instance on another. */
  run(name: string, cpuMhz: number, instances?: number): Promise<void>;
  stop(name: string): Promise<void>;
  /** The policy of the acceptance case as the plugin gets it, with changes. */
  policy(changes?: Texts): Texts;
  plugin(agent?: Texts): Promise<NovaPlugin>;
}

/** The plugin, started and configured. */
export interface NovaPlugin {
  readonly pair: OurPair;
  status(changes?: Texts): Promise<TargetStatus>;
  /** Asks as an agent does, again and again, until the pool is ready. */
  ready(changes?: Texts): Promise<TargetStatus>;
  scale(count: number, changes?: Texts): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

/** Everything of it is gone when the test ends; what an earlier test may have left is gone before it begins. */
export async function openStage(t: TestContext, cloud: TestCloud): Promise<Stage> {
  const user = await CloudUser.logIn(cloud.facts);
  await sweep(user, cloud);
  const started = await startNomad([{ name: 'infra', nodeClass: 'infra' }]);
  const { server: nomad, call } = started;
  const tap = await startTap({ authUrl: cloud.facts.authUrl, nomad: started.address });
  const guests = followServers(clientsInProcess(nomad), user, cloud.beatMs);
  const plugins = new Set<OurPair>();
  t.after(async () => {
    for (const plugin of plugins) await plugin.close();
    await guests.close();
    await tap.close();
    await started.close();
    await cloud.limitPorts(undefined);
    await cloud.limitServers(undefined);
    await cloud.strike(undefined);
    await cloud.delayBoots?.(0);
    await sweep(user, cloud);
  });

  const policy = (changes: Texts = {}): Texts => ({ ...acceptanceTarget(cloud), ...changes });
  return {
    ...{ cloud, user, nomad, tap, policy },
    servers: async () => (await user.servers()).filter(isOfPool),
    nodes: () => nodesOf(nomad),
    run: (name, cpuMhz, instances = 1) => call('PUT', '/v1/jobs', jobBody(name, cpuMhz, instances)),
    stop: (name) => call('DELETE', `/v1/job/${name}?purge=true`),
    async plugin(agent = {}) {
      const pair = await ourPair(builtPlugin('os-nova'), 'target', 'required');
      plugins.add(pair);
      await pair.setConfig({ ...credentials(cloud, tap), nomad_address: tap.nomad, ...agent });
      const status = async (changes?: Texts) => {
        const seen = await pair.target.status(policy(changes), never);
        if (seen === undefined) throw new Error('the target does not exist');
        return seen;
      };
      return {
        ...{ pair, status },
        ready: (changes) =>
          eventually(
            'the pool is ready',
            async () => {
              const seen = await status(changes);
              return seen.ready ? seen : undefined;
            },
            3 * cloud.patienceMs,
          ),
        async scale(count, changes) {
          await pair.target.scale({ direction: 'up', count, reason: 'a test', meta: {} }, policy(changes), never);
        },
        kill: () => void process.kill(pair.pluginPid, 'SIGKILL'),
      };
    },
  };
}

/** A request for a new server. */
export const isCreation = ({ method, path }: Tapped): boolean => method === 'POST' && path.endsWith('/servers');

export const statuses = async (stage: Stage): Promise<readonly string[]> =>
  (await stage.servers()).map(({ status }) => status);

/** Waits until so many nodes of the pool have joined. */
export const joined = (stage: Stage, count: number): Promise<true> =>
  eventually(`${count} nodes`, async () => (stage.nodes().length === count ? true : undefined), stage.cloud.patienceMs);

/** The block `config` of the agent's `target "os-nova"`. */
export const credentials = ({ facts }: TestCloud, tap: Tap): Texts => ({
  ...{ auth_url: tap.authUrl, username: facts.userName, password: facts.password, domain_name: facts.domainName },
  ...{ project_id: facts.projectId, region_name: facts.region },
});

/** product.md's target block, with the cloud's IDs. */
function acceptanceTarget({ facts }: TestCloud): Texts {
  return {
    ...{ 'dry-run': 'false', stop_first: 'true', image_id: facts.imageId, flavor_name: facts.flavorName },
    ...{ pool_name: poolName, name_prefix: 'nom-', network_id: facts.networkId, security_groups: 'default' },
    ...{ availability_zones: 'az1', tags: 'nom-pool,ubuntu-minimal', node_class: poolName },
    ...{ node_drain_deadline: '1h', node_drain_ignore_system_jobs: 'false', node_purge: 'true' },
    node_selector_strategy: 'least_busy',
  };
}

const nodesOf = (nomad: NomadServer): readonly string[] =>
  [...nomad.store.nodes()]
    .filter(({ NodeClass }) => NodeClass === poolName)
    .map(nodeText)
    .sort();

const jobBody = (name: string, cpuMhz: number, instances: number) => ({
  Job: {
    ...{ ID: name, Type: 'service', Datacenters: ['dc1'] },
    Constraints: [
      { LTarget: ['$', '{node.class}'].join(''), Operand: '=', RTarget: poolName },
      { Operand: 'distinct_hosts', RTarget: 'true' },
    ],
    TaskGroups: [
      {
        ...{ Name: 'g', Count: instances, Update: { MaxParallel: 0 } },
        Tasks: [
          {
            ...{ Name: 't', Driver: 'mock_driver', Config: { run_for: '100h' } },
            Resources: { CPU: cpuMhz, MemoryMB: 16 },
          },
        ],
      },
    ],
  },
});

/** Takes every server and floating IP of the project away. */
async function sweep(user: CloudUser, cloud: TestCloud): Promise<void> {
  for (const { id } of await user.servers()) await user.deleteServer(id);
  const gone = async () => ((await user.servers()).length === 0 ? true : undefined);
  await eventually('the project has no server', gone, 3 * cloud.patienceMs);
  for (const { id } of await user.floatingIps()) {
    await user.ask('network', 'DELETE', `/v2.0/floatingips/${id}`, undefined, [404]);
  }
}
