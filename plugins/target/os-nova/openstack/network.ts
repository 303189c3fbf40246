/** Neutron: networks, security groups and floating IPs. Source: spec os-nova.md §9. */
import type { Cloud, FloatingIp } from '../cloud.ts';
import { type Part, readBody } from './answer.ts';
import { OpenStackError } from './error.ts';
import { allPages, queryOf } from './pages.ts';
import type { Service } from './service.ts';

/** What of the cloud Neutron does. */
export type Networking = Pick<
  Cloud,
  'networks' | 'securityGroups' | 'floatingIps' | 'createFloatingIp' | 'deleteFloatingIp'
>;

export function networkingOf(neutron: Service): Networking {
  return {
    async networks(name, signal) {
      const path = `/networks${queryOf({ name })}`;
      const found = await allPages(neutron, { path, key: 'networks', what: 'network' }, signal);
      return found
        .filter((one) => one.text('name') === name)
        .map((one) => ({ id: one.text('id'), isExternal: one.has('router:external') && one.flag('router:external') }));
    },
    async securityGroups(name, signal) {
      const path = `/security-groups${queryOf({ name })}`;
      const found = await allPages(neutron, { path, key: 'security_groups', what: 'security group' }, signal);
      return found.filter((one) => one.text('name') === name).map((one) => one.text('id'));
    },
    async floatingIps(filter, signal) {
      const query = 'portId' in filter ? { port_id: filter.portId } : { description: filter.description };
      const path = `/floatingips${queryOf(query)}`;
      const found = await allPages(neutron, { path, key: 'floatingips', what: 'floating IP' }, signal);
      // A filter that a service does not know is left out by it without a word.
      return found
        .map(readFloatingIp)
        .filter((ip) => ('portId' in filter ? ip.portId === filter.portId : ip.description === filter.description));
    },
    async createFloatingIp({ networkId, portId, description }, signal) {
      const body = { floatingip: { floating_network_id: networkId, port_id: portId, description } };
      const wanted = [201, 202];
      const call = { method: 'POST', path: '/floatingips', body, wanted, repeats: 'if-refused' } as const;
      const answer = await neutron.ask(call, signal);
      try {
        return readFloatingIp(readBody(answer.body).part('floatingip'));
      } catch (cause) {
        throw new OpenStackError('a floating IP was made, but its ID is not known', { isAmbiguous: true, cause });
      }
    },
    async deleteFloatingIp(id, signal) {
      const path = `/floatingips/${encodeURIComponent(id)}`;
      await neutron.ask({ method: 'DELETE', path, wanted: [202, 204], also: [404], repeats: 'always' }, signal);
    },
  };
}

const readFloatingIp = (json: Part): FloatingIp => ({
  id: json.text('id'),
  address: json.text('floating_ip_address'),
  portId: json.textOrNull('port_id') || undefined,
  description: json.optionalText('description') ?? '',
});
