/** What there is to say about a cluster of one server, and what only paying customers have. Compat: spec nomad-api.md §11. */
import { toNanoseconds, toTimestamp } from '../identity.ts';
import { signingKeyId } from '../node-record.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply, jsonReply, readHeaders, textReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Handler, type Routes } from './router.ts';

export function clusterRoutes(parts: ApiParts): Routes {
  const told =
    (value: (parts: ApiParts) => unknown, headers?: Readonly<Record<string, string>>): Handler =>
    (call) =>
      byMethod(call, { read: () => jsonReply(value(parts), call.isPretty, headers) });
  return {
    exact: {
      '/v1/operator/raft/configuration': (call) =>
        call.method === 'GET' ? jsonReply(raftConfiguration(parts), call.isPretty) : emptyReply(405),
      '/v1/operator/raft/peer': (call) => removePeer(parts, call),
      '/v1/operator/autopilot/configuration': told(() => autopilot),
      '/v1/operator/autopilot/health': told(autopilotHealthOf(parts)),
      '/v1/operator/keyring/keys': told(keys, readHeaders(1)),
      '/v1/operator/license': () => emptyReply(204),
      '/v1/operator/snapshot': (call) => byMethod(call, { read: noSnapshot }),
      ...Object.fromEntries(['/v1/quotas', '/v1/quota', '/v1/recommendations'].map((path) => [path, paid])),
      '/ui/': page,
    },
    families: {
      '/ui/': page, // the command line names pages below it
      '/v1/operator/raft/': () => textReply(404, 'Invalid method'),
      ...Object.fromEntries(['/v1/quota/', '/v1/sentinel/', '/v1/recommendation'].map((path) => [path, paid])),
    },
  };
}

/** Compat: a Nomad without a disk cannot write one either. */
function noSnapshot(): ApiResponse {
  throw new Refusal(500, 'failed to open snapshot: open is not supported:');
}

function paid(): ApiResponse {
  throw new Refusal(501, 'Nomad Enterprise only endpoint');
}

function page(call: Call): ApiResponse {
  const body = '<!DOCTYPE html>\n<html>\n<p>This Nomad is embedded in nomad-autoscaler and has no UI.</p>\n</html>\n';
  const headers = { 'Content-Type': 'text/html; charset=utf-8' };
  return byMethod(call, { read: () => ({ status: 200, headers, body }) }) as ApiResponse;
}

function raftConfiguration({ identity }: ApiParts) {
  const server = {
    ...{ ID: identity.id, Node: `${identity.name}.${identity.region}`, Address: identity.rpcAddress },
    ...{ Leader: true, Voter: true, RaftProtocol: '3' },
  };
  return { Servers: [server], Index: 0 };
}

/** There is no other server, and the only one cannot go. */
function removePeer({ identity }: ApiParts, call: Call): never {
  if (call.method !== 'DELETE') throw new Refusal(404, 'Invalid method');
  const id = call.query.get('id') ?? '';
  const address = call.query.get('address') ?? '';
  if ((id === '') === (address === '')) {
    const which = id === '' ? 'either ?id' : 'only one of ?id';
    throw new Refusal(400, `Must specify ${which} with the server's ID or ?address with IP:port of peer to remove`);
  }
  const isOwn = id === identity.id || address === identity.rpcAddress;
  const named = id === '' ? `address "${address}"` : `id "${id}"`;
  throw new Refusal(
    500,
    isOwn ? 'need at least one voter in configuration: {[]}' : `${named} was not found in the Raft configuration`,
  );
}

/** The write that configures autopilot; then it looks for the first time. */
const configuredAt = 4;

const autopilot = {
  ...{ CleanupDeadServers: true, LastContactThreshold: '200ms', MaxTrailingLogs: 250, MinQuorum: 0 },
  ...{ ServerStabilizationTime: '10s', EnableRedundancyZones: false, DisableUpgradeMigration: false },
  ...{ EnableCustomUpgrades: false, CreateIndex: configuredAt, ModifyIndex: configuredAt },
};

/** How often autopilot looks at its servers: what it tells is as old as its last look. */
const lookMs = 10_000;

function autopilotHealthOf({ world, identity, store }: ApiParts): () => object {
  const look = () => ({ atMs: world.clock.now(), index: store.index });
  let last = { atMs: identity.startedAtMs, index: configuredAt };
  return () => {
    if (world.clock.now() - last.atMs >= lookMs) last = look();
    return autopilotHealth(identity, last.index);
  };
}

function autopilotHealth(identity: ApiParts['identity'], lastIndex: number): object {
  const server = {
    ...{ ID: identity.id, Name: `${identity.name}.${identity.region}`, Address: identity.rpcAddress },
    ...{ SerfStatus: 'alive', Version: identity.version, Leader: true, LastContact: '0s', LastTerm: 2 },
    ...{ LastIndex: lastIndex, Healthy: true, Voter: true, StableSince: toTimestamp(identity.startedAtMs) },
  };
  return { Healthy: true, FailureTolerance: 0, Leader: identity.id, Voters: [identity.id], Servers: [server] };
}

function keys({ identity }: ApiParts) {
  const CreateTime = toNanoseconds(identity.startedAtMs);
  const facts = { Algorithm: 'aes256-gcm', State: 'active', PublishTime: 0, CreateIndex: 1, ModifyIndex: 1 };
  return [{ KeyID: signingKeyId, ...facts, CreateTime }];
}
