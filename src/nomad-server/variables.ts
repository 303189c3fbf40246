/**
 * Variables and the locks on them. A lock lapses twice its TTL after it was taken or renewed last; it then still keeps
 * others out for its delay. Compat: spec nomad-api.md §10.
 */
import type { Cancel } from '../lib/clock.ts';
import { errorList } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import type { Strings } from '../nomad/types.ts';
import { newId, toNanoseconds } from './identity.ts';
import { Refusal } from './refusal.ts';
import type { Variable, VariableLock } from './state.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

export interface VariableId {
  readonly namespace: string;
  readonly path: string;
}

export interface LockWish {
  readonly id: string;
  readonly ttlMs: number;
  readonly delayMs: number;
}

/** A write that somebody else's write or lock forbids: what is there, or nothing that may be told. */
export interface Conflict {
  readonly conflict: Variable | undefined;
}

const pathRule = /^[a-zA-Z0-9\-_~/]{1,128}$/;
const mostBytes = 64 * 1024;
const shortestTtlMs = 10_000;
const longestTtlMs = 24 * 3_600_000;

export const variableKey = ({ namespace, path }: VariableId): string => `${namespace}\u0000${path}`;

export class Variables {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;
  readonly #leases = new Map<string, Cancel>();
  /** Locks whose time is over; their delay still runs. */
  readonly #lapsed = new Set<string>();

  constructor(world: World, store: StateStore, timers: Timers) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
  }

  /** @param cas  the index that is expected; 0: there is none. */
  put(id: VariableId, items: Strings, lock: LockWish | undefined, cas: number | undefined): Variable | Conflict {
    checkPath(id.path);
    checkSize(items);
    const before = this.#get(id);
    if (cas !== undefined && cas !== (before?.ModifyIndex ?? 0)) return { conflict: before };
    if (before?.Lock && before.Lock.ID !== lock?.id) return { conflict: undefined };
    return this.#write(id, items, before?.Lock && lock ? lockOf(before.Lock.ID, lock) : null);
  }

  delete(id: VariableId, cas: number | undefined): Conflict | { readonly index: number } {
    const before = this.#get(id);
    if (cas !== undefined && cas !== (before?.ModifyIndex ?? 0)) return { conflict: before };
    if (before?.Lock) return { conflict: undefined };
    this.#store.transact(this.#now(), (tx) => {
      this.#store.state.variables.delete(tx.index, variableKey(id));
      tx.touch('variables');
    });
    return { index: this.#store.index };
  }

  acquire(id: VariableId, items: Strings | null, wish: LockWish): Variable | Conflict {
    checkPath(id.path);
    checkLock(wish);
    if (items !== null) checkSize(items);
    const before = this.#get(id);
    if (before?.Lock && before.Lock.ID !== wish.id) return { conflict: undefined };
    const lockId = before?.Lock?.ID ?? (wish.id || newId(this.#world.random));
    const variable = this.#write(id, items ?? before?.Items ?? null, lockOf(lockId, wish));
    this.#lease(id, wish);
    return variable;
  }

  /** Moves neither time nor index. */
  renew(id: VariableId, lockId: string): Variable {
    if (lockId === '') throw new Refusal(500, errorList(['missing lock ID']));
    const variable = this.#get(id);
    if (variable === undefined) throw new Refusal(404, "variable doesn't exist");
    if (variable.Lock === null) throw new Refusal(409, "variable doesn't hold a lock");
    if (variable.Lock.ID !== lockId || this.#lapsed.has(lockId)) {
      throw new Refusal(409, 'attempting to modify locked variable');
    }
    this.#lease(id, { ttlMs: variable.Lock.ttlMs, delayMs: variable.Lock.delayMs });
    return variable;
  }

  release(id: VariableId, lockId: string): Variable | Conflict {
    const variable = this.#get(id);
    if (variable === undefined) throw new Refusal(500, "variable doesn't exist", noIndex);
    if (variable.Lock === null) throw new Refusal(500, "variable doesn't hold a lock", noIndex);
    if (variable.Lock.ID !== lockId) return { conflict: undefined };
    return this.#unlock(id, variable);
  }

  /** The locks of a state that was kept: how long each was held is not known, so its time begins anew. */
  takeUp(): void {
    for (const { Namespace, Path, Lock } of this.#store.state.variables.values()) {
      if (Lock !== null) this.#lease({ namespace: Namespace, path: Path }, Lock);
    }
  }

  #get(id: VariableId): Variable | undefined {
    return this.#store.state.variables.get(variableKey(id));
  }

  #now(): number {
    return this.#world.clock.now();
  }

  #write(id: VariableId, items: Strings | null, lock: VariableLock | null): Variable {
    const before = this.#get(id);
    return this.#store.transact(this.#now(), (tx) => {
      const nowNs = toNanoseconds(tx.nowMs);
      const variable: Variable = {
        ...{ Namespace: id.namespace, Path: id.path, Items: items, Lock: lock },
        ...{ CreateIndex: before?.CreateIndex ?? tx.index, ModifyIndex: tx.index },
        ...{ CreateTime: before?.CreateTime ?? nowNs, ModifyTime: nowNs },
      };
      this.#store.state.variables.put(tx.index, variableKey(id), variable);
      tx.touch('variables');
      return variable;
    });
  }

  #unlock(id: VariableId, variable: Variable): Variable {
    this.#leases.get(variableKey(id))?.();
    this.#leases.delete(variableKey(id));
    if (variable.Lock !== null) this.#lapsed.delete(variable.Lock.ID);
    return this.#store.transact(this.#now(), (tx) => {
      const after = { ...variable, Lock: null, ModifyIndex: tx.index };
      this.#store.state.variables.put(tx.index, variableKey(id), after);
      tx.touch('variables');
      return after;
    });
  }

  #lease(id: VariableId, { ttlMs, delayMs }: Pick<LockWish, 'ttlMs' | 'delayMs'>): void {
    const key = variableKey(id);
    this.#leases.get(key)?.();
    const lapse = () => {
      const lock = this.#get(id)?.Lock;
      if (lock) this.#lapsed.add(lock.ID);
      this.#leases.set(key, this.#timers.after(delayMs, free));
    };
    const free = () => {
      const variable = this.#get(id);
      if (variable !== undefined) this.#unlock(id, variable);
    };
    this.#leases.set(key, this.#timers.after(2 * ttlMs, lapse));
  }
}

function lockOf(id: string, { ttlMs, delayMs }: Pick<LockWish, 'ttlMs' | 'delayMs'>): VariableLock {
  return { ID: id, ttlMs, delayMs };
}

const noIndex = { 'X-Nomad-Index': '0' };

const wrong = (text: string) => new Refusal(400, `RPC Error:: 400,${text}`, noIndex);

function checkPath(path: string): void {
  if (!pathRule.test(path)) throw wrong(`invalid path "${path}"`);
  const [top, second, third, fourth] = path.split('/');
  if (top !== 'nomad' || second === 'jobs' || second === 'sentinel') return;
  const examples = '"nomad/jobs", "nomad/job-templates", "nomad/sentinel", or below';
  if (second === undefined) {
    throw wrong(`"nomad" is a reserved top-level directory path, but you may write variables to ${examples}`);
  }
  if (second !== 'job-templates') {
    const valid = 'only paths at "nomad/jobs" or "nomad/job-templates" and below are valid paths';
    throw wrong(`${valid} under the top-level "nomad" directory`);
  }
  if (third === undefined || fourth !== undefined) {
    const below = 'but you may write variables at the level below it, for example, "nomad/job-templates/template-name"';
    throw wrong(`"nomad/job-templates" is a reserved directory path, ${below}`);
  }
}

function checkSize(items: Strings): void {
  let size = 0;
  for (const [key, value] of Object.entries(items)) size += key.length + value.length;
  if (size > mostBytes) throw wrong('variables are limited to 64KiB in total size');
}

function checkLock({ ttlMs, delayMs }: LockWish): void {
  const problems: string[] = [];
  if (ttlMs < 0 || delayMs < 0) problems.push('Lock delay and TTL must be positive');
  if (ttlMs < shortestTtlMs || ttlMs > longestTtlMs) problems.push('TTL must be between 10 seconds and 24 hours');
  if (problems.length > 0) throw wrong(errorList(problems));
}
