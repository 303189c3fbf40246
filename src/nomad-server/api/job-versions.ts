/** Going back to an older version, and calling one stable. Compat: spec nomad-api.md J13, J14. */
import { jobKey } from '../identity.ts';
import type { JobWrite } from '../jobs.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';

export function revert({ jobs, store }: ApiParts, call: Call, id: string): JobWrite {
  const input = new Input(call.json());
  if (input.text('JobID') === '') throw new Refusal(400, 'JobID must be specified');
  if (input.text('JobID') !== id) throw new Refusal(400, 'Job ID does not match');
  const version = input.number('JobVersion');
  const current = store.job(call.namespace, id);
  if (current === undefined) throw new Refusal(500, `job "${id}" not found`);
  if (current.Version === version) throw new Refusal(500, "can't revert to current version");
  const prior = input.value('EnforcePriorVersion');
  if (typeof prior === 'number' && prior !== current.Version) {
    throw new Refusal(500, `Current job has version ${current.Version}; enforcing version ${prior}`);
  }
  const found = store.state.versions.get(jobKey(call.namespace, id))?.find((one) => one.Version === version);
  if (found === undefined) throw notFound(call, id, version);
  return jobs.register({ ...found, Stable: false, VersionTag: null, Stop: false });
}

export function setStable({ store, world }: ApiParts, call: Call, id: string): ApiResponse {
  const input = new Input(call.json());
  if (input.text('JobID') !== id) throw new Refusal(400, 'Job ID does not match');
  const key = jobKey(call.namespace, id);
  const version = input.number('JobVersion');
  const isStable = input.flag('Stable');
  const versions = store.state.versions.get(key) ?? [];
  if (!versions.some((one) => one.Version === version)) throw notFound(call, id, version);
  const index = store.transact(world.clock.now(), (tx) => {
    const amended = versions.map((one) => (one.Version === version ? { ...one, Stable: isStable } : one));
    tx.amendVersions(key, amended);
    return tx.index;
  });
  return jsonReply({ Index: index }, false, { 'X-Nomad-Index': String(index) });
}

function notFound(call: Call, id: string, version: number): Refusal {
  return new Refusal(500, `job "${id}" in namespace "${call.namespace}" at version ${version} not found`);
}
