/** The versions of a job: what changed between them, going back, tags. Compat: spec nomad-api.md J12–J14, J21. */
import type { JobDiff } from '../../nomad/plan-types.ts';
import type { Job, JobVersionTag } from '../../nomad/types.ts';
import { jobKey, toNanoseconds } from '../identity.ts';
import { diffJobs } from '../job-diff/diff.ts';
import type { JobWrite } from '../jobs.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import { watchKey } from '../watch.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';

/** Newest first; with `diffs` each beside the one before it, or beside the one that the caller names. */
export function versions({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const key = jobKey(call.namespace, id);
  const withDiffs = call.flag('diffs');
  const version = call.integer('diff_version');
  const tag = call.query.get('diff_tag') ?? '';
  const index = () => store.state.jobs.get(key)?.ModifyIndex ?? store.state.jobs.index;
  return answer(reader, call, {
    keys: [watchKey.job(key)],
    index,
    read: () => {
      const rows = store.state.versions.get(key);
      if (rows === undefined) return { missing: 'job versions not found' };
      const isBase = (one: Job) => (tag === '' ? one.Version === version : one.VersionTag?.Name === tag);
      const base = rows.find(isBase);
      if (withDiffs && base === undefined && (tag !== '' || version !== undefined)) {
        throw new Refusal(500, tag === '' ? `version ${version} not found` : `tag "${tag}" not found`);
      }
      const diffs = withDiffs ? diffsOf(rows, base) : [];
      return {
        value: {
          Versions: rows,
          Diffs: diffs.length === 0 ? null : diffs,
          ...{ Index: index(), KnownLeader: true, LastContact: 0, NextToken: '' },
        },
      };
    },
  });
}

function diffsOf(versions: readonly Job[], base: Job | undefined): readonly JobDiff[] {
  if (base !== undefined) return versions.map((one) => diffJobs(base, one));
  return versions.flatMap((one, at) => {
    const former = versions[at + 1];
    return former === undefined ? [] : [diffJobs(former, one)];
  });
}

/** Names a version, so that it is kept. Without a version, or when the latest is asked for, it is the present one. */
export function setTag({ store, world }: ApiParts, call: Call, id: string, name: string): ApiResponse {
  const input = new Input(call.json());
  const key = jobKey(call.namespace, id);
  const isGiven = input.has('Version') && !input.flag('Latest');
  const version = isGiven ? input.number('Version') : store.job(call.namespace, id)?.Version;
  const versions = store.state.versions.get(key) ?? [];
  if (!versions.some((one) => one.Version === version) || version === undefined) {
    throw new Refusal(500, `job "${id}" version ${version ?? 0} not found`);
  }
  if (versions.some((one) => one.VersionTag?.Name === name && one.Version !== version)) {
    throw new Refusal(500, `tag "${name}" already exists on a different version of job "${id}"`);
  }
  const TaggedTime = toNanoseconds(world.clock.now());
  const tag: JobVersionTag = { Name: name, Description: input.text('Description'), TaggedTime };
  return tagReply(tag, putTag({ store, world }, key, version, tag));
}

export function removeTag({ store, world }: ApiParts, call: Call, id: string, name: string): ApiResponse {
  const key = jobKey(call.namespace, id);
  const tagged = store.state.versions.get(key)?.find((one) => one.VersionTag?.Name === name);
  if (tagged === undefined) throw new Refusal(500, `tag "${name}" not found on job "${id}"`);
  const index = putTag({ store, world }, key, tagged.Version, null);
  return tagReply({ Name: '', Description: '', TaggedTime: 0 }, index);
}

type Writing = Pick<ApiParts, 'store' | 'world'>;

function putTag({ store, world }: Writing, key: string, version: number, tag: JobVersionTag | null): number {
  return store.transact(world.clock.now(), (tx) => {
    tx.amendVersion(key, version, { VersionTag: tag });
    return tx.index;
  });
}

function tagReply(tag: JobVersionTag, index: number): ApiResponse {
  return jsonReply({ ...tag, Index: index, KnownLeader: false, LastContact: 0, NextToken: '' }, false);
}

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
  // It comes from the same file as it did then.
  const submission = store.state.submissions.get(jobKey(call.namespace, id))?.find((one) => one.Version === version);
  return jobs.register({ ...found, Stable: false, VersionTag: null, Stop: false }, { submission });
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
    tx.amendVersion(key, version, { Stable: isStable });
    return tx.index;
  });
  return jsonReply({ Index: index }, false, { 'X-Nomad-Index': String(index) });
}

function notFound(call: Call, id: string, version: number): Refusal {
  return new Refusal(500, `job "${id}" in namespace "${call.namespace}" at version ${version} not found`);
}
