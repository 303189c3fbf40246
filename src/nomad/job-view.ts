/**
 * What Nomad knows of the jobs that are watched, shared by everybody who asks. In steady state an answer comes from memory,
 * at once; a job is read again only when its version in the list of jobs moved (`job-list.ts`), or while it is unsettled.
 * Where the list is refused, each job is read when it is asked for, at most once a second.
 */
import { unlessAborted } from '../lib/abort.ts';
import { type Cancel, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { AutoscalerError } from '../lib/error.ts';
import type { NomadClient } from './client.ts';
import { followJobList, type JobListWorld, type ListState } from './job-list.ts';
import { type Reservation, type RunningAllocation, reservations, runningAllocations } from './job-parts.ts';
import { isSettled, type JobStatus, JobStatusReader } from './job-status.ts';
import { type JobVersion, JobVersions } from './job-versions.ts';
import type { JobRef } from './jobs.ts';
import type { JobListStub } from './scaling-types.ts';

/** How long an answer is good when nothing vouches for it. */
const freshMs = 1_000;
/** After a job moved the scheduler may still be at work without moving it again: until then nothing is kept for long. */
const settlingMs = 5_000;
/** Compat: upstream waits this long for a job's first answer. */
const answerTimeoutMs = 30_000;
/** Jobs that nobody asked for are forgotten. Compat: upstream forgets a job that is gone after as long. */
const forgetAfterMs = 4 * 3_600_000;
const sweepEveryMs = 60_000;

/** One thing read of one job. */
interface Reading<T> {
  /** The job's when the reading began; undefined when the list did not hold it. */
  readonly version: JobVersion | undefined;
  readonly at: number;
  readonly settled: boolean;
  readonly outcome: { readonly value: T } | { readonly error: unknown };
}

/** The last reading, and the one that is under way. */
interface Slot<T> {
  last?: Reading<T> | undefined;
  pending?: Promise<T> | undefined;
}

interface Watched {
  readonly ref: JobRef;
  askedAt: number;
  readonly status: Slot<JobStatus | undefined>;
  readonly running: Slot<readonly RunningAllocation[]>;
  readonly reservations: Slot<Reservations>;
  /** To be told that the status holds no more. */
  readonly holders: Set<() => void>;
}

type Reservations = ReadonlyMap<string, Reservation> | undefined;

export class JobView {
  readonly #client: NomadClient;
  readonly #world: JobListWorld;
  #isClosed = false;
  /** What ends the readings under way. One signal for all would grow as slow as it has listeners. */
  readonly #readings = new Set<AbortController>();
  /** By namespace, then by ID. */
  readonly #watched = new Map<string, Map<string, Watched>>();
  readonly #versions = new JobVersions();
  readonly #statuses: JobStatusReader;
  #state: ListState = { kind: 'starting' };
  #stateWaiters: (() => void)[] = [];
  /** What is listed: a namespace or `*`; undefined while nothing is followed. */
  #listed: { readonly namespace: string; readonly stop: AbortController } | undefined;
  #sweptAt: number;

  constructor(client: NomadClient, world: JobListWorld) {
    this.#client = client;
    this.#world = world;
    this.#statuses = new JobStatusReader(client);
    this.#sweptAt = world.clock.now();
  }

  /**
   * @returns undefined when there is no such job; the value itself when it is known.
   * @throws  what Nomad or the connection said last; `deadline_exceeded` (retryable) after 30 s.
   */
  status(ref: JobRef, signal: AbortSignal): JobStatus | undefined | Promise<JobStatus | undefined> {
    const watched = this.#watch(ref);
    const load = (inner: AbortSignal) => this.#statuses.read(ref, this.#versions.get(ref)?.type, inner);
    return this.#read(watched, watched.status, load, isSettled, signal);
  }

  /**
   * Whether what `status` answers at once now is what it will answer until a moment of which this view learns by itself.
   *
   * @param onEnd  called at that moment, once.
   * @returns      what ends the interest in it; undefined when it may answer anything else without notice.
   */
  holds(ref: JobRef, onEnd: () => void): Cancel | undefined {
    const watched = this.#watched.get(ref.namespace)?.get(ref.id);
    const last = watched?.status.last;
    if (this.#isClosed || watched === undefined || last === undefined || !this.#isLasting(watched, last))
      return undefined;
    const end = () => onEnd(); // each interest its own, should somebody have two
    watched.holders.add(end);
    return () => watched.holders.delete(end);
  }

  /** The allocations of the job that run; none for an unknown job. Otherwise as `status`. */
  running(ref: JobRef, signal: AbortSignal): readonly RunningAllocation[] | Promise<readonly RunningAllocation[]> {
    const watched = this.#watch(ref);
    const load = (inner: AbortSignal) => runningAllocations(this.#client, ref, inner);
    return this.#read(watched, watched.running, load, () => true, signal);
  }

  /** What an instance of each of the job's groups asks for. Otherwise as `status`. */
  reservations(ref: JobRef, signal: AbortSignal): Reservations | Promise<Reservations> {
    const watched = this.#watch(ref);
    const load = (inner: AbortSignal) => reservations(this.#client, ref, inner);
    return this.#read(watched, watched.reservations, load, () => true, signal);
  }

  /** Says that the job was just written to: what is known of it counts no more. */
  touch(ref: JobRef): void {
    this.#versions.touch(ref, this.#world.clock.now());
    const watched = this.#watched.get(ref.namespace)?.get(ref.id);
    for (const slot of [watched?.status, watched?.running, watched?.reservations])
      if (slot !== undefined) slot.last = undefined;
    if (watched !== undefined) endHolds(watched);
  }

  /** Jobs that are remembered. */
  get size(): number {
    let size = 0;
    for (const jobs of this.#watched.values()) size += jobs.size;
    return size;
  }

  close(): void {
    this.#isClosed = true;
    this.#unfollow(); // which ends what holds
    for (const reading of this.#readings) reading.abort(closed());
  }

  #watch(ref: JobRef): Watched {
    const now = this.#world.clock.now();
    this.#sweep(now);
    let jobs = this.#watched.get(ref.namespace);
    if (jobs === undefined) {
      jobs = new Map();
      this.#watched.set(ref.namespace, jobs);
    }
    let watched = jobs.get(ref.id);
    if (watched === undefined) {
      watched = { ref, askedAt: now, status: {}, running: {}, reservations: {}, holders: new Set() };
      jobs.set(ref.id, watched);
      this.#follow();
    }
    watched.askedAt = now;
    return watched;
  }

  #read<T>(
    watched: Watched,
    slot: Slot<T>,
    load: (signal: AbortSignal) => Promise<T>,
    settled: (value: T) => boolean,
    signal: AbortSignal,
  ): T | Promise<T> {
    if (this.#isClosed) throw closed();
    if (this.#state.kind === 'down') throw this.#state.error;
    const { last } = slot;
    if (last !== undefined && this.#isGood(watched, last)) {
      if ('error' in last.outcome) throw last.outcome.error;
      return last.outcome.value;
    }
    slot.pending ??= this.#load(watched, slot, load, settled).finally(() => {
      slot.pending = undefined;
    });
    return unlessAborted(slot.pending, signal);
  }

  #isGood(watched: Watched, reading: Reading<unknown>): boolean {
    const isYoung = this.#world.clock.now() - reading.at < freshMs;
    if (isYoung) return reading.version === this.#versions.get(watched.ref);
    return this.#isLasting(watched, reading);
  }

  /** Whether it is good until the job moves, however old it gets. */
  #isLasting(watched: Watched, { version, at, settled }: Reading<unknown>): boolean {
    if (version !== this.#versions.get(watched.ref)) return false;
    if (!settled || this.#state.kind !== 'following') return false;
    // Of a job that is not in the list nothing would tell when it moves, or appears.
    return version !== undefined && at - version.movedAt >= settlingMs;
  }

  #endHoldsUnless(isStill: (watched: Watched) => boolean): void {
    for (const jobs of this.#watched.values()) {
      for (const watched of jobs.values()) if (watched.holders.size > 0 && !isStill(watched)) endHolds(watched);
    }
  }

  async #load<T>(
    watched: Watched,
    slot: Slot<T>,
    load: (signal: AbortSignal) => Promise<T>,
    settled: (value: T) => boolean,
  ): Promise<T> {
    const { clock } = this.#world;
    let version: JobVersion | undefined;
    let at = clock.now();
    const stop = new AbortController();
    this.#readings.add(stop);
    try {
      const value = await withDeadline(clock, answerTimeoutMs, stop.signal, async (signal) => {
        // With the list at hand the reading will be good for long, so it is worth the wait.
        if (this.#state.kind === 'starting') await this.#listAnswered();
        if (this.#state.kind === 'down') throw this.#state.error;
        version = this.#versions.get(watched.ref);
        at = clock.now();
        return load(signal);
      });
      slot.last = { version, at, settled: settled(value), outcome: { value } };
      return value;
    } catch (cause) {
      const error = cause instanceof DeadlineExceeded ? timedOut(cause) : cause;
      slot.last = { version, at, settled: false, outcome: { error } };
      throw error;
    } finally {
      this.#readings.delete(stop);
      if (Object.is(slot, watched.status)) endHolds(watched); // of the reading before
    }
  }

  /** Follows the list of the one namespace of all watched jobs, or of all namespaces. */
  #follow(): void {
    if (this.#isClosed) return;
    const [only, ...others] = this.#watched.keys();
    if (only === undefined) {
      this.#unfollow();
      return;
    }
    const namespace = others.length === 0 ? only : '*';
    if (this.#listed?.namespace === namespace) return;
    this.#unfollow();
    const stop = new AbortController();
    this.#listed = { namespace, stop };
    const events = {
      onList: (jobs: readonly JobListStub[]) => {
        this.#versions.update(jobs, this.#world.clock.now());
        this.#endHoldsUnless(({ ref, status }) => status.last?.version === this.#versions.get(ref));
      },
      onState: (state: ListState) => {
        if (!stop.signal.aborted) this.#enter(state);
      },
    };
    void followJobList(this.#client, namespace, this.#world, events, stop.signal);
  }

  #unfollow(): void {
    this.#listed?.stop.abort();
    this.#listed = undefined;
    this.#enter({ kind: 'starting' });
  }

  #enter(state: ListState): void {
    this.#state = state;
    if (state.kind !== 'following') this.#endHoldsUnless(() => false);
    if (state.kind === 'starting') return;
    const waiters = this.#stateWaiters;
    this.#stateWaiters = [];
    for (const go of waiters) go();
  }

  #listAnswered(): Promise<void> {
    return new Promise((resolve) => this.#stateWaiters.push(resolve));
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = now;
    this.#world.log.debug('triggering run of handler garbage collection');
    for (const [namespace, jobs] of this.#watched) {
      for (const [id, watched] of jobs) {
        if (now - watched.askedAt < forgetAfterMs || watched.holders.size > 0) continue;
        jobs.delete(id);
        this.#world.log.debug('removed inactive job status handler', { job_id: id, namespace });
      }
      if (jobs.size === 0) this.#watched.delete(namespace);
    }
    this.#follow();
  }
}

function endHolds({ holders }: Watched): void {
  const ended = [...holders];
  holders.clear();
  for (const onEnd of ended) onEnd();
}

const closed = () => new AutoscalerError('closed', 'the view of the jobs is closed', { blame: 'internal' });

function timedOut(cause: DeadlineExceeded): AutoscalerError {
  const facts = { blame: 'remote', retryable: true, cause } as const;
  return new AutoscalerError('deadline_exceeded', 'timeout while waiting for job scale status handler', facts);
}
