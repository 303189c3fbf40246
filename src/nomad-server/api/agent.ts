/** What the agent says about itself. Compat: spec nomad-api.md §11. */
import { errorList } from '../../lib/error.ts';
import { newId, toTimestamp } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import { agentConfig } from './agent-config.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply, jsonReply } from './http.ts';
import { monitor } from './monitor.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Handler, type Routes } from './router.ts';

const schedulers = ['service', 'batch', 'system', 'sysbatch', '_core'] as const;

export function agentRoutes(parts: ApiParts): Routes {
  const { identity } = parts;
  const told =
    (value: (call: Call) => unknown): Handler =>
    (call) =>
      byMethod(call, { read: () => jsonReply(value(call), call.isPretty) });
  const workers = workersOf(parts);
  return {
    exact: {
      '/v1/agent/self': told(() => agentSelf(parts)),
      '/v1/agent/members': told(() => agentMembers(parts)),
      '/v1/agent/health': told((call) => health(call.query.get('type'))),
      '/v1/agent/servers': (call) => {
        if (!identity.isClient) throw new Refusal(501, 'Invalid method'); // Compat: Nomad's own words
        return byMethod(call, {
          read: () => jsonReply([identity.rpcAddress], call.isPretty),
          write: () => setServers(call),
        });
      },
      '/v1/agent/join': (call) => byMethod(call, { write: () => join(call) }),
      '/v1/agent/force-leave': (call) => byMethod(call, { write: () => emptyReply(200) }),
      '/v1/agent/monitor': (call) => byMethod(call, { read: () => monitor(parts, call) }),
      '/v1/agent/schedulers': told(() => ({ schedulers: workers(), server_id: serverName(identity) })),
      '/v1/agent/schedulers/config': told(() => ({
        ...{ enabled_schedulers: schedulers, num_schedulers: workers().length, server_id: serverName(identity) },
      })),
    },
  };
}

/** What the imitated Nomad was built with. */
const imitatedRuntime = 'go1.26.8';

const serverName = ({ name, region }: ApiParts['identity']): string => `${name}.${region}`;

/** It is alone: whoever it is sent to is not there. */
function join(call: Call): ApiResponse {
  const addresses = call.query.getAll('address');
  if (addresses.length === 0) throw new Refusal(400, 'missing address to join');
  const error = errorList(addresses.map((one) => `failed to join ${one}: ${refused(one)}`));
  return jsonReply({ num_joined: 0, error, warning: '' }, call.isPretty);
}

function setServers(call: Call): ApiResponse {
  const addresses = call.query.getAll('address');
  if (addresses.length === 0) throw new Refusal(400, 'missing server address');
  const why = (one: string) => `Server at address ${one} failed ping: rpc error: failed to get conn: ${refused(one)}`;
  throw new Refusal(400, errorList(addresses.map(why)));
}

const refused = (address: string): string => `dial tcp ${address}: connect: connection refused`;

/** Compat: a leader of two cores lets one of its two workers rest. */
function workersOf({ world, identity }: ApiParts): () => readonly object[] {
  let workers: readonly object[] | undefined;
  const worker = (status: string, workload_status: string) => ({
    ...{ id: newId(world.random), enabled_schedulers: schedulers, started: toTimestamp(identity.startedAtMs) },
    ...{ status, workload_status },
  });
  return () => {
    workers ??= [worker('Paused', 'Paused'), worker('Started', 'WaitingToDequeue')];
    return workers;
  };
}

function health(type: string | null) {
  const ok = { ok: true, message: 'ok' };
  return {
    ...(type === null || type === 'client' ? { client: ok } : {}),
    ...(type === null || type === 'server' ? { server: ok } : {}),
  };
}

function agentSelf({ identity, store, acl }: ApiParts) {
  const [local] = identity.isClient ? store.nodes() : [];
  const cores = String(local?.NodeResources?.Cpu.TotalCpuCores ?? 1);
  return {
    config: agentConfig({ identity, hasAcl: acl.isEnabled, client: local }),
    member: member(identity),
    stats: {
      nomad: {
        ...{ server: 'true', leader: 'true', leader_addr: identity.rpcAddress, bootstrap: 'true', known_regions: '1' },
      },
      raft: raftStats(identity, String(store.index)),
      serf: {
        ...{ members: '1', failed: '0', left: '0', health_score: '0', encrypted: 'false', coordinate_resets: '0' },
        ...{ event_time: '1', member_time: '1', query_time: '1' },
        ...{ event_queue: '0', intent_queue: '0', query_queue: '0' },
      },
      runtime: {
        ...{ arch: 'amd64', 'kernel.name': 'linux', version: imitatedRuntime },
        ...{ cpu_count: cores, max_procs: cores, goroutines: '1' },
      },
      ...(local && {
        client: {
          ...{ node_id: local.ID, known_servers: identity.rpcAddress, last_heartbeat: '0s', heartbeat_ttl: '10s' },
          num_allocations: String([...store.allocationsOfNode(local.ID)].length),
        },
      }),
    },
  };
}

function raftStats({ id, rpcAddress }: ApiParts['identity'], index: string) {
  return {
    ...{ state: 'Leader', term: '2', applied_index: index, commit_index: index, last_log_index: index },
    ...{ last_log_term: '2', last_contact: '0', num_peers: '0', fsm_pending: '0', logstore_backend: 'boltdb' },
    ...{ last_snapshot_index: '0', last_snapshot_term: '0', latest_configuration_index: '0' },
    latest_configuration: `[{Suffrage:Voter ID:${id} Address:${rpcAddress}}]`,
    ...{ protocol_version: '3', protocol_version_min: '0', protocol_version_max: '3' },
    ...{ snapshot_version_min: '0', snapshot_version_max: '1' },
  };
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
    ...{ Name: serverName(identity), Addr: host, Port: Number(port) + 1, Status: 'alive' },
    Tags: {
      ...{ role: 'nomad', region: identity.region, dc: identity.datacenter, build: identity.version, vsn: '1' },
      ...{ raft_vsn: '3', revision: '', id: identity.id, rpc_addr: host, port, bootstrap: '1', expect: '1' },
    },
    ...{ ProtocolMin: 1, ProtocolMax: 5, ProtocolCur: 2, DelegateMin: 2, DelegateMax: 5, DelegateCur: 4 },
  };
}
