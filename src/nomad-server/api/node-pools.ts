/** Node pools. Compat: spec nomad-api.md §11. */
import { formatDuration, parseDuration } from '../../lib/duration.ts';
import { errorList, explain } from '../../lib/error.ts';
import type { Job } from '../../nomad/types.ts';
import { blake2b, sortedPairs } from '../blake2b.ts';
import { jobKey, toMilliseconds, toNanoseconds } from '../identity.ts';
import { Input } from '../jobspec/input.ts';
import { newPool } from '../nodes.ts';
import { Refusal } from '../refusal.ts';
import type { NodePool } from '../state.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply } from './http.ts';
import { jobStub } from './job-stub.ts';
import { pageOf } from './listing.ts';
import { nodeStub } from './nodes.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const nameRule = /^[a-zA-Z0-9-_]{1,128}$/;
const builtIn = new Set(['all', 'default']);

export function nodePoolRoutes(parts: ApiParts): Routes {
  const { nodePools } = parts.store.state;
  return {
    exact: {
      '/v1/node/pools': (call) =>
        byMethod(call, {
          read: () => {
            const isShown = ({ Name }: NodePool) => Name.startsWith(call.prefix) && call.access.nodePool(Name, 'read');
            return answer(parts.reader, call, {
              keys: ['node pools'],
              index: () => nodePools.index,
              read: () => {
                const rows = [...nodePools.sorted()].filter(isShown);
                const page = pageOf(call, { rows, token: ({ Name }) => Name });
                return { value: page.rows, nextToken: page.nextToken };
              },
            });
          },
          write: () => write(parts, call, undefined),
        }),
    },
    families: { '/v1/node/pool/': (call, rest) => onePool(parts, call, rest) },
  };
}

function onePool(parts: ApiParts, call: Call, rest: string): ApiResponse | Promise<ApiResponse> {
  const [, path = rest, part] = /^(.*?)\/(nodes|jobs)$/.exec(rest) ?? [];
  const name = decodeURIComponent(path);
  if (part !== undefined && call.prefix !== '') throw new Refusal(400, 'prefix argument not allowed');
  if (part === 'nodes') return byMethod(call, { read: () => nodesOf(parts, call, name) });
  if (part === 'jobs') return byMethod(call, { read: () => jobsOf(parts, call, name) });
  return byMethod(call, {
    read: () => read(parts, call, name),
    write: () => write(parts, call, name),
    remove: () => remove(parts, name),
  });
}

function read({ reader, store }: ApiParts, call: Call, name: string): Promise<ApiResponse> {
  const { nodePools } = store.state;
  return answer(reader, call, {
    keys: ['node pools'],
    index: () => nodePools.get(name)?.ModifyIndex ?? nodePools.index,
    read: () => {
      const value = nodePools.get(name);
      return value === undefined ? { missing: 'node pool not found' } : { value };
    },
  });
}

function nodesOf({ reader, store }: ApiParts, call: Call, name: string): Promise<ApiResponse> {
  const { nodes } = store.state;
  return answer(reader, call, {
    keys: ['nodes'],
    index: () => nodes.index,
    read: () => {
      const rows = [...nodes.sorted()].filter((node) => name === 'all' || node.NodePool === name);
      const page = pageOf(call, { rows, token: ({ ID }) => ID });
      return {
        value: page.rows.map((one) => nodeStub(one, { resources: false, os: false })),
        nextToken: page.nextToken,
      };
    },
  });
}

function jobsOf({ reader, store }: ApiParts, call: Call, name: string): Promise<ApiResponse> {
  const { jobs, summaries } = store.state;
  return answer(reader, call, {
    keys: ['jobs', 'job summaries'],
    index: () => Math.max(jobs.index, summaries.index),
    read: () => {
      const isAsked = ({ Namespace }: Job) =>
        (call.namespace === '*' || Namespace === call.namespace) && call.access.namespace(Namespace, 'read-job');
      const rows = [...jobs.sorted()].filter((job) => job.NodePool === name && isAsked(job));
      const page = pageOf(call, { rows, token: (job) => `${job.Namespace}.${job.ID}` });
      const stub = (job: Job) => jobStub(job, summaries.get(jobKey(job.Namespace, job.ID)), false);
      return { value: page.rows.map(stub), nextToken: page.nextToken };
    },
  });
}

function write({ store, world }: ApiParts, call: Call, path: string | undefined): ApiResponse {
  const input = new Input(call.json());
  const name = input.text('Name');
  if (path !== undefined && path !== name) throw new Refusal(400, 'Node pool name does not match request path');
  if (builtIn.has(name)) throw new Refusal(400, `modifying node pool "${name}" is not allowed`);
  const problems: string[] = [];
  if (!nameRule.test(name)) problems.push(`invalid name "${name}", must match regex ^[a-zA-Z0-9-_]{1,128}$`);
  if (input.text('Description').length > 256) problems.push('description longer than 256');
  if (problems.length > 0) throw new Refusal(400, `invalid node pool "${name}": ${errorList(problems)}`);
  if (input.has('SchedulerConfiguration')) throw new Refusal(500, 'Feature "Node Pools Governance" is unlicensed');
  const usual = newPool(name, '');
  const written = { Description: input.text('Description'), Meta: input.strings('Meta') };
  const pool = { ...usual, ...written, NodeIdentityTTL: ttlOf(input) || usual.NodeIdentityTTL };
  const ttl = formatDuration(toMilliseconds(pool.NodeIdentityTTL));
  const Hash = blake2b(name, pool.Description, ttl, ...sortedPairs(pool.Meta));
  store.putNodePool(world.clock.now(), { ...pool, Hash });
  return emptyReply(200, { 'X-Nomad-Index': String(store.state.nodePools.index) });
}

/** Nanoseconds; the official client writes them as Go does. */
function ttlOf(input: Input): number {
  const given = input.value('NodeIdentityTTL');
  return typeof given === 'string' ? toNanoseconds(durationOf(given)) : input.number('NodeIdentityTTL');
}

function durationOf(text: string): number {
  if (text === '') return 0;
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new Refusal(400, explain(cause));
  }
}

function remove({ store, world }: ApiParts, name: string): ApiResponse {
  if (name === 'all') throw new Refusal(500, 'deleting node pool "all" is not allowed');
  if (store.state.nodePools.get(name) === undefined) throw new Refusal(500, `node pool ${name} not found`);
  const isUsed = [...store.state.jobs.values()].some((job) => job.NodePool === name && job.Status !== 'dead');
  const hasNodes = [...store.nodes()].some((node) => node.NodePool === name);
  const kept = [...(isUsed ? ['non-terminal jobs'] : []), ...(hasNodes ? ['nodes'] : [])];
  if (kept.length > 0) {
    throw new Refusal(500, errorList(kept.map((what) => `node pool "${name}" has ${what} in regions: [global]`)));
  }
  if (builtIn.has(name)) throw new Refusal(500, `deleting node pool "${name}" is not allowed`);
  store.transact(world.clock.now(), (tx) => tx.deleteNodePool(name));
  return emptyReply(200, { 'X-Nomad-Index': String(store.state.nodePools.index) });
}
