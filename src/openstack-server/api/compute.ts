/** Nova beside the servers: versions, zones, flavors, limits, server groups. */
import type { Setting } from '../config.ts';
import { jsonReply } from '../http.ts';
import { microversionOf, oldest } from '../microversion.ts';
import { linksTo, pageOf } from '../paging.ts';
import { Refusal } from '../refusal.ts';
import type { Routes } from '../router.ts';
import { flavorJson } from '../server-json.ts';
import type { State } from '../state.ts';
import { usageOf } from '../usage.ts';

export function computeRoutes(setting: Setting, state: State): Routes {
  return {
    'GET /': ({ base }) => jsonReply({ versions: [oldVersion(base), version(setting, base)] }),
    'GET /v2.1': ({ base }) => jsonReply({ version: { ...version(setting, base), 'media-types': mediaTypes } }),
    'GET /v2.1/os-availability-zone': () =>
      jsonReply({
        availabilityZoneInfo: setting.zones.map(({ name, isAvailable = true }) => ({
          ...{ zoneName: name, zoneState: { available: isAvailable }, hosts: null },
        })),
      }),
    'GET /v2.1/flavors/detail': (call) => {
      const self = `${call.base}/v2.1/flavors/detail`;
      const { items, next } = pageOf(setting.flavors, call, { pageSize: setting.pageSize, self });
      const microversion = microversionOf(call, setting.microversion);
      const flavors = items.map((flavor) => flavorJson(flavor, call.base, microversion));
      return jsonReply({ flavors, ...linksTo('flavors_links', next) });
    },
    'GET /v2.1/flavors/:id': (call) => {
      const flavor = setting.flavors.find((one) => one.id === call.id);
      if (flavor === undefined) throw new Refusal(404, `Flavor ${call.id} could not be found.`);
      return jsonReply({ flavor: flavorJson(flavor, call.base, microversionOf(call, setting.microversion)) });
    },
    'GET /v2.1/limits': () => jsonReply({ limits: { rate: [], absolute: limits(setting, state) } }),
    'GET /v2.1/os-server-groups': () => {
      const { projectId, userId } = setting.account;
      const shared = { rules: {}, members: [], project_id: projectId, user_id: userId };
      return jsonReply({
        server_groups: setting.serverGroups.map(({ id, policy }) => ({ id, name: id, policy, ...shared })),
      });
    },
  };
}

const version = ({ microversion }: Setting, base: string) => ({
  ...{ id: 'v2.1', status: 'CURRENT', version: microversion, min_version: oldest, updated: '2013-07-23T11:33:21Z' },
  links: [{ rel: 'self', href: `${base}/v2.1/` }],
});

const mediaTypes = [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }];

const oldVersion = (base: string) => ({
  ...{ id: 'v2.0', status: 'SUPPORTED', version: '', min_version: '', updated: '2011-01-21T11:33:21Z' },
  links: [{ rel: 'self', href: `${base}/v2/` }],
});

/** Nova writes -1 for no limit. */
function limits({ quota, flavors }: Setting, state: State) {
  const told = (limit: number) => (Number.isFinite(limit) ? limit : -1);
  const used = usageOf(state, flavors);
  return {
    ...{ maxTotalInstances: told(quota.servers), maxTotalCores: told(quota.cores), maxTotalRAMSize: told(quota.ramMb) },
    ...{ maxServerMeta: 128, maxTotalKeypairs: 100, maxServerGroups: 10, maxServerGroupMembers: 10 },
    ...{
      totalInstancesUsed: used.servers,
      totalCoresUsed: used.cores,
      totalRAMUsed: used.ramMb,
      totalServerGroupsUsed: 0,
    },
  };
}
