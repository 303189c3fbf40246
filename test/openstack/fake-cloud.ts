/** The OpenStack of memory behind a port, with servers that boot within a second. */
import { systemClock } from '../../src/lib/clock.ts';
import { listen } from '../../src/nomad-server/listen.ts';
import { usual, usualAccount } from '../../src/openstack-server/config.ts';
import { openStack } from '../../src/openstack-server/openstack.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import type { TestCloud } from './cloud.ts';

const pace = { bootMs: 800, errorMs: 100, stopMs: 200, deleteMs: 200 };

export async function startFakeCloud(): Promise<TestCloud> {
  const cloud = openStack({ clock: systemClock, random: seededRandom(1), config: { pace } });
  const listening = await listen(cloud, { host: '127.0.0.1', port: 0 });
  const { quota } = cloud.setting;
  return {
    ...{ name: 'fake', patienceMs: 20_000, beatMs: 100, intervalMs: 2_000, tokenCacheMs: 0 },
    facts: {
      authUrl: `http://127.0.0.1:${listening.port}/v3`,
      userName: usualAccount.userName,
      password: usualAccount.password,
      domainName: usualAccount.domainName,
      projectId: usualAccount.projectId,
      region: cloud.setting.region,
      imageId: usual.image.id,
      networkId: usual.network.id,
      flavorName: usual.flavor.name,
      hugeFlavorName: usual.hugeFlavor.name,
      externalNetworkName: usual.externalNetwork.name,
      lbPoolId: usual.balancerPool,
    },
    async limitServers(most = Number.POSITIVE_INFINITY) {
      quota.servers = most;
    },
    async limitPorts(most = Number.POSITIVE_INFINITY) {
      quota.ports = most;
    },
    async strike(fault) {
      cloud.faults.clear();
      if (fault !== undefined) cloud.faults.onServer({}, fault);
    },
    async close() {
      cloud.close();
      await listening.close();
    },
  };
}
