/** The cloud of `-dev`: an OpenStack of memory on a port, whose servers join the embedded Nomad as nodes. */
import type { PluginLayer } from '../agent/config.ts';
import type { World } from '../lib/world.ts';
import { listen } from '../nomad-server/listen.ts';
import type { Simulation } from '../nomad-server/simulation.ts';
import { type OpenStackConfig, usual } from '../openstack-server/config.ts';
import { openStack } from '../openstack-server/openstack.ts';
import type { State } from '../openstack-server/state.ts';
import { nomadGuests } from './cloud-guests.ts';

export interface DevCloud {
  /** `http://127.0.0.1:41234`, with Keystone at its root and the other services below. */
  readonly address: string;
  /** A token that is good as long as the cloud is there. */
  readonly token: string;
  readonly servers: State['servers'];
  /** Leads the target to it. */
  readonly target: PluginLayer;
  close(): Promise<void>;
}

/** From the request for a server until it is `ACTIVE`, and from then until its Nomad client has joined. */
const [bootMs, joinMs] = [2700, 300] as const;
const foreverMs = 10 * 365 * 24 * 3_600_000;

const account = { userName: 'demo', password: 'demo', projectName: 'demo' };
const config: OpenStackConfig = { account, pace: { bootMs, tokenMs: foreverMs } };

/** On a port of loopback that nobody else has. */
export async function startCloud(world: World, simulation: Simulation): Promise<DevCloud> {
  const { clock, random } = world;
  const flavors = [usual.flavor, usual.smallFlavor];
  const guests = nomadGuests({ clock, simulation, flavors, joinMs });
  const cloud = openStack({ clock, random, config, guests });
  const host = '127.0.0.1';
  const listening = await listen(cloud, { host, port: 0 });
  const address = `http://${host}:${listening.port}`;
  const { userName: username, password, domainName, projectId } = cloud.setting.account;
  const user = { name: username, domain: { name: domainName }, password };
  const { id: token } = cloud.tokens.issue({
    identity: { methods: ['password'], password: { user } },
    scope: { project: { id: projectId } },
  });
  return {
    ...{ address, token, servers: cloud.state.servers },
    target: {
      ...{ type: 'target', label: 'os-nova', driver: 'os-nova', args: [] },
      config: {
        ...{ auth_url: `${address}/v3`, username, password, domain_name: domainName },
        ...{ project_id: projectId, region_name: cloud.setting.region },
        ignored_states: 'SHUTOFF', // a server that is stopped is on its way out here
      },
    },
    async close() {
      cloud.close();
      await listening.close();
    },
  };
}
