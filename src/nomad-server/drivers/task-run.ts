/** The life of one task whose program really runs: start, end, restart, and the ways to end it. Compat: spec nomad-scheduler.md §13. */
import type { Cancel, Clock } from '../../lib/clock.ts';
import type { Task } from '../../nomad/types.ts';
import type { TaskRecord } from '../allocation.ts';
import { toMilliseconds } from '../identity.ts';
import { RestartWindows } from '../restart-windows.ts';
import { signalNamed } from '../signals.ts';
import {
  failedToPrepare,
  failedToStart,
  killed,
  killing,
  killTimeoutMs,
  restartSignaled,
  restartsAtOnce,
  shutdownDelayed,
  signaling,
  started,
} from '../task-events.ts';
import { judged, verdictOf } from '../task-life.ts';
import type { TaskProcess } from './machine.ts';

export interface TaskRunParts {
  readonly task: Task;
  readonly clock: Clock;
  readonly random: () => number;
  /** It is restarted whatever its exit code. */
  readonly isService: boolean;
  /** Makes what it needs. @returns why that cannot be done. */
  readonly prepare: () => Promise<string | undefined>;
  /** @returns why its driver cannot start it. */
  readonly start: () => Promise<TaskProcess | string>;
  /** Has the change made to the task's record, as of now. */
  readonly tell: (change: (record: TaskRecord, atMs: number) => TaskRecord) => void;
  /** It starts, or starts anew. */
  readonly onStart: () => void;
}

export interface Ending {
  /** Told instead of the usual words. */
  readonly why?: string | undefined;
  readonly skipsDelay?: boolean;
}

export class TaskRun {
  readonly task: Task;
  /** Once it runs for the first time, or is over without that. */
  readonly started: Promise<void>;
  /** Once it is over for good. */
  readonly over: Promise<void>;
  readonly #parts: TaskRunParts;
  readonly #windows: RestartWindows;
  #resolveStarted: () => void = () => undefined;
  #resolveOver: () => void = () => undefined;
  #process: TaskProcess | undefined;
  #isOver = false;
  #hasFailed = false;
  #hasBegun = false;
  #isEnding = false;
  #isRestarting = false;
  /** Nothing is told any more. */
  #isMute = false;
  #isCut = false;
  #wake: (() => void) | undefined;

  constructor(parts: TaskRunParts) {
    this.task = parts.task;
    this.#parts = parts;
    this.#windows = new RestartWindows(parts.clock.now());
    this.started = new Promise((resolve) => {
      this.#resolveStarted = resolve;
    });
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The group of its process; undefined while there is none. */
  get group(): number | undefined {
    return this.#process?.pid;
  }

  /** It may start now. Once. */
  begin(): void {
    if (this.#isOver || this.#hasBegun) return;
    this.#hasBegun = true;
    void this.#live().finally(() => this.#finish());
  }

  /** Ends it for good, as its job asks for; asked again, it may skip the delay. Resolves when it is over. */
  async end({ why, skipsDelay = false }: Ending = {}): Promise<void> {
    if (this.#isEnding && skipsDelay) this.#wake?.();
    if (this.#isOver || this.#isEnding) return this.over;
    this.#isEnding = true;
    this.#tell((record, atMs) => killing(record, this.task, atMs, why));
    this.#wake?.();
    if (this.#hasBegun) {
      await this.#endProcess(skipsDelay);
    } else {
      this.#tell((record, atMs) => killed(record, undefined, atMs));
      this.#finish();
    }
    return this.over;
  }

  /** Ends its process, to start it anew at once. */
  async restart(reason: string): Promise<void> {
    if (this.#process === undefined || this.#isEnding || this.#isRestarting) return;
    this.#isRestarting = true;
    this.#tell((record, atMs) => restartSignaled(record, reason, atMs));
    await this.#endProcess(false);
  }

  /** @param name  one that there is not is passed over. */
  signal(name: string): void {
    const signal = signalNamed(name);
    if (this.#process === undefined || signal === undefined) return;
    this.#tell((record, atMs) => signaling(record, name, atMs));
    this.#process.signal(signal);
  }

  /** Ends it as a power cut would: at once, and nobody hears of it. */
  cut(): void {
    this.#isMute = true;
    this.#isCut = true;
    this.#isEnding = true;
    this.#process?.kill();
    this.#wake?.();
    if (!this.#hasBegun) this.#finish();
  }

  /** From here on nothing is told; it may still be ended well. */
  mute(): void {
    this.#isMute = true;
  }

  async #live(): Promise<void> {
    const { prepare, start, onStart } = this.#parts;
    const problem = await prepare();
    if (problem !== undefined && !this.#isEnding)
      return this.#fail((record, atMs) => failedToPrepare(record, problem, atMs));
    for (;;) {
      if (this.#isEnding) return this.#tell((record, atMs) => killed(record, undefined, atMs));
      const process = await start();
      if (typeof process === 'string') return this.#fail((record, atMs) => failedToStart(record, process, atMs));
      onStart();
      this.#process = process;
      this.#tell(started);
      this.#resolveStarted();
      if (this.#isCut) process.kill();
      else if (this.#isEnding) void this.#endProcess(true);
      const delayMs = await this.#afterEnd(process);
      if (delayMs === undefined) return;
      await this.#pause(delayMs);
    }
  }

  /** @returns when it is to start again; undefined when it stays over. */
  async #afterEnd(process: TaskProcess): Promise<number | undefined> {
    const { task, clock, random, isService } = this.#parts;
    const end = await process.end;
    this.#process = undefined;
    if (this.#isEnding) {
      this.#tell((record, atMs) => killed(record, end, atMs));
      return undefined;
    }
    if (this.#isRestarting) {
      this.#isRestarting = false;
      this.#tell((record, atMs) => restartsAtOnce(record, end, atMs));
      return 0;
    }
    const atMs = clock.now();
    const { RestartPolicy: policy } = task;
    const window = this.#windows.at(task.Name, toMilliseconds(policy.Interval), atMs);
    const life = { isService, triedSince: window.tries, windowEndMs: window.endMs, atMs, random };
    const verdict = verdictOf(end, policy, life);
    this.#tell((record) => judged(record, end, verdict, atMs));
    if (verdict.next !== 'restart') {
      this.#hasFailed = verdict.next === 'fail';
      return undefined;
    }
    window.tries++;
    return verdict.delayMs;
  }

  /** After its delay the task's own signal, and after the time that it has for that the whole group. */
  async #endProcess(skipsDelay: boolean): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    const { task, clock } = this.#parts;
    const delayMs = toMilliseconds(task.ShutdownDelay);
    if (delayMs > 0) this.#tell((record, atMs) => shutdownDelayed(record, delayMs, skipsDelay, atMs));
    const ended = process.end.then(() => undefined);
    if (delayMs > 0 && !skipsDelay) {
      void ended.then(() => this.#wake?.());
      await this.#pause(delayMs);
    }
    process.signal(signalNamed(task.KillSignal) ?? 'SIGINT');
    const force = clock.after(killTimeoutMs(task), () => process.kill());
    await ended;
    force();
  }

  #fail(change: (record: TaskRecord, atMs: number) => TaskRecord): void {
    this.#hasFailed = true;
    this.#tell(change);
  }

  #tell(change: (record: TaskRecord, atMs: number) => TaskRecord): void {
    if (!this.#isMute) this.#parts.tell(change);
  }

  #finish(): void {
    this.#isOver = true;
    this.#resolveStarted();
    this.#resolveOver();
  }

  /** Ends early when the task is told to end. */
  #pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      const end = () => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      this.#wake = end;
      cancel = this.#parts.clock.after(ms, end);
    });
  }
}
