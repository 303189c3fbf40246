/** Who leads, who is there, what this agent is. Compat: spec nomad-api.md §11. */
import { jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Handler, type Routes } from './router.ts';

export function statusRoutes(parts: ApiParts): Routes {
  const { identity } = parts;
  const fixed =
    (value: () => unknown): Handler =>
    (call) =>
      byMethod(call, { read: () => jsonReply(value(), call.isPretty) });
  return {
    exact: {
      '/v1/status/leader': fixed(() => identity.rpcAddress),
      '/v1/status/peers': fixed(() => [identity.rpcAddress]),
      '/v1/regions': fixed(() => [identity.region]),
      '/v1/agent/servers': fixed(() => [identity.rpcAddress]),
      '/v1/agent/self': fixed(() => agentSelf(parts)),
      '/v1/agent/members': fixed(() => agentMembers(parts)),
      '/v1/agent/health': (call) =>
        byMethod(call, { read: () => jsonReply(health(call.query.get('type')), call.isPretty) }),
    },
  };
}

function health(type: string | null) {
  const ok = { ok: true, message: 'ok' };
  return {
    ...(type === null || type === 'client' ? { client: ok } : {}),
    ...(type === null || type === 'server' ? { server: ok } : {}),
  };
}

function agentSelf({ identity, store }: ApiParts) {
  const index = String(store.index);
  let local = '';
  for (const node of store.nodes()) {
    local = node.ID;
    break;
  }
  return {
    config: {
      ...{ Region: identity.region, Datacenter: identity.datacenter, NodeName: identity.name },
      UI: { Enabled: true, ShowCLIHints: false },
      Version: { Version: identity.version, VersionPrerelease: '', Revision: '' },
      ...{ Server: { Enabled: true }, Client: { Enabled: local !== '' }, ACL: { Enabled: false } },
      Telemetry: { PrometheusMetrics: true },
    },
    member: member(identity),
    stats: {
      nomad: {
        ...{ server: 'true', leader: 'true', leader_addr: identity.rpcAddress, bootstrap: 'true', known_regions: '1' },
      },
      raft: { state: 'Leader', applied_index: index, commit_index: index, last_log_index: index, num_peers: '0' },
      serf: { members: '1', failed: '0', left: '0', health_score: '0' },
      runtime: { arch: 'simulated', version: 'embedded' },
      ...(local === ''
        ? {}
        : { client: { node_id: local, num_allocations: String(countOf(store.allocationsOfNode(local))) } }),
    },
  };
}

function countOf(items: Iterable<unknown>): number {
  let count = 0;
  for (const _ of items) count++;
  return count;
}

function agentMembers({ identity }: ApiParts) {
  return {
    ...{ ServerName: identity.name, ServerRegion: identity.region, ServerDC: identity.datacenter },
    Members: [member(identity)],
  };
}

function member(identity: ApiParts['identity']) {
  const [host = '', port = ''] = identity.rpcAddress.split(':');
  return {
    ...{ Name: `${identity.name}.${identity.region}`, Addr: host, Port: Number(port) + 1, Status: 'alive' },
    Tags: {
      ...{ role: 'nomad', region: identity.region, dc: identity.datacenter, build: identity.version, vsn: '1' },
      ...{ raft_vsn: '3', revision: '', id: identity.id, rpc_addr: host, port, bootstrap: '1', expect: '1' },
    },
    ...{ ProtocolMin: 1, ProtocolMax: 5, ProtocolCur: 2, DelegateMin: 2, DelegateMax: 5, DelegateCur: 4 },
  };
}
