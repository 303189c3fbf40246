/** Octavia v2: pools and their members. Compat: spec os-nova.md §7.3, §8.3. */
import type { Balancers } from '../balancers.ts';
import type { Call } from '../call.ts';
import type { Setting } from '../config.ts';
import { emptyReply, jsonReply } from '../http.ts';
import { linksTo, pageOf } from '../paging.ts';
import type { Routes } from '../router.ts';
import type { MemberRecord } from '../state.ts';

export function loadBalancerRoutes(setting: Setting, balancers: Balancers): Routes {
  const { projectId } = setting.account;
  const tell = (member: MemberRecord) => memberJson(member, projectId);
  const members = '/v2.0/lbaas/pools/:pool/members';
  const parts = ({ open: [pool = '', member = ''] }: Call) => ({ pool, member });
  const status = (id: string) => ({
    ...{ id, name: '', admin_state_up: true, operating_status: 'ONLINE', project_id: projectId },
    provisioning_status: balancers.isBusy(id) ? 'PENDING_UPDATE' : 'ACTIVE',
  });
  return {
    // Each pool is behind a balancer of its own, which has the same ID.
    'GET /v2.0/lbaas/loadbalancers/:id': ({ id }) => {
      balancers.checkPool(id);
      return jsonReply({ loadbalancer: { ...status(id), pools: [{ id }], vip_address: '198.51.100.1' } });
    },
    'GET /v2.0/lbaas/pools/:pool': ({ id }) => {
      const ids = balancers.members(id).map((member) => ({ id: member.id }));
      const kind = { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' };
      return jsonReply({ pool: { ...status(id), ...kind, members: ids, loadbalancers: [{ id }] } });
    },
    [`GET ${members}`]: (call) => {
      const { pool } = parts(call);
      const name = call.query.get('name');
      const all = balancers.members(pool).filter((member) => name === null || member.name === name);
      const self = `${call.base}${call.path}`;
      const { items, next } = pageOf(all, call, { pageSize: setting.pageSize, self });
      return jsonReply({ members: items.map(tell), members_links: [], ...linksTo('members_links', next) });
    },
    [`POST ${members}`]: (call) =>
      jsonReply({ member: tell(balancers.create(parts(call).pool, call.part('member'))) }, 201),
    [`GET ${members}/:member`]: (call) => {
      const { pool, member } = parts(call);
      return jsonReply({ member: tell(balancers.member(pool, member)) });
    },
    [`DELETE ${members}/:member`]: (call) => {
      const { pool, member } = parts(call);
      balancers.delete(pool, member);
      return emptyReply(204);
    },
  };
}

/** Octavia writes times without a zone. */
function memberJson(member: MemberRecord, projectId: string) {
  const at = new Date(member.createdAt).toISOString().slice(0, 19);
  return {
    ...{ id: member.id, name: member.name, operating_status: 'NO_MONITOR', provisioning_status: member.status },
    ...{ admin_state_up: true, address: member.address, protocol_port: member.port, weight: 1, backup: false },
    ...{ subnet_id: member.subnetId ?? null, project_id: projectId, tenant_id: projectId },
    ...{ monitor_address: null, monitor_port: null, tags: [] },
    ...{ created_at: at, updated_at: member.status === 'PENDING_CREATE' ? null : at },
  };
}
