/** Dispatches parameterized jobs. Compat: spec nomad-api.md J17, nomad-scheduler.md §17. */
import type { World } from '../lib/world.ts';
import type { Job, Strings } from '../nomad/types.ts';
import { type ChildWrite, childOf, childrenOf, putChild } from './child-job.ts';
import { newId } from './identity.ts';
import { Refusal } from './refusal.ts';
import type { StateStore } from './state-store.ts';

export interface DispatchRequest {
  /** Base64; '' for none. */
  readonly payload: string;
  readonly meta: Strings;
  /** Stands in the child's ID. */
  readonly idPrefix: string;
  /** 0: the parent's. */
  readonly priority: number;
  /** The same token gives the same child; '' for none. */
  readonly idempotencyToken: string;
}

/** Bytes. */
const largestPayload = 16_384;

export class Dispatcher {
  readonly #world: World;
  readonly #store: StateStore;

  constructor(world: World, store: StateStore) {
    this.#world = world;
    this.#store = store;
  }

  /** @throws a refusal when there is no such job, or it does not take what is asked. */
  dispatch(namespace: string, id: string, request: DispatchRequest): ChildWrite {
    const parent = this.#store.job(namespace, id);
    if (parent === undefined) throw new Refusal(500, 'parameterized job not found');
    const refused = whyRefused(parent, request);
    if (refused !== undefined) throw new Refusal(500, refused);
    const { idempotencyToken: token } = request;
    const isSame = (one: Job) => one.DispatchIdempotencyToken === token;
    const known = token === '' ? undefined : childrenOf(this.#store, parent).find(isSame);
    if (known !== undefined) {
      const facts = { jobId: known.ID, jobCreateIndex: known.CreateIndex, index: this.#store.index };
      return { ...facts, evaluationId: '', evaluationIndex: 0 };
    }
    const nowMs = this.#world.clock.now();
    const prefix = request.idPrefix === '' ? '' : `${request.idPrefix}-`;
    const suffix = newId(this.#world.random).slice(0, 8);
    const child = childOf(parent, `${id}/dispatch-${prefix}${Math.floor(nowMs / 1000)}-${suffix}`, {
      Dispatched: true,
      DispatchIdempotencyToken: token,
      Meta: { ...parent.Meta, ...request.meta },
      Payload: request.payload === '' ? null : request.payload,
      Priority: request.priority || parent.Priority,
    });
    return putChild(this.#world, this.#store, child, 'job-register', nowMs);
  }
}

/** @returns undefined when the job takes the request. */
function whyRefused(parent: Job, { payload, meta, priority }: DispatchRequest): string | undefined {
  const takes = parent.ParameterizedJob;
  if (takes === null || parent.Dispatched) return `Specified job "${parent.ID}" is not a parameterized job`;
  if (parent.Stop) return `Specified job "${parent.ID}" is stopped`;
  if (priority < 0 || priority > 100) return 'dispatch job priority must be between [1, 100]';
  if (takes.Payload === 'required' && payload === '') {
    return 'Payload is not provided but required by parameterized job';
  }
  if (takes.Payload === 'forbidden' && payload !== '') return 'Payload provided but forbidden by parameterized job';
  const bytes = Buffer.from(payload, 'base64').length;
  if (bytes > largestPayload) return `Payload exceeds maximum size; ${bytes} > ${largestPayload}`;
  return wrongMeta(takes.MetaRequired ?? [], takes.MetaOptional ?? [], meta);
}

function wrongMeta(required: readonly string[], optional: readonly string[], meta: Strings): string | undefined {
  const unknown = Object.keys(meta).filter((key) => !required.includes(key) && !optional.includes(key));
  if (unknown.length > 0) return `Dispatch request included unpermitted metadata keys: ${goList(unknown)}`;
  const missing = required.filter((key) => meta[key] === undefined);
  return missing.length > 0 ? `Dispatch did not provide required meta keys: ${goList(missing)}` : undefined;
}

const goList = (texts: readonly string[]) => `[${texts.toSorted().join(' ')}]`;
