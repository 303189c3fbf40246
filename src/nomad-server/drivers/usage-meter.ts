/** What the processes of tasks use of CPU and memory, from one look at the machine to the next. */
import type { Clock } from '../../lib/clock.ts';
import type { Machine, ProcessUsage } from './machine.ts';

/** 100 is one whole core. */
export interface Measured {
  readonly userPercent: number;
  readonly systemPercent: number;
  readonly rssBytes: number;
  readonly swapBytes: number;
}

/** A task's whole, and each of its processes by its number. */
export interface TaskUsage extends Measured {
  readonly processes: ReadonlyMap<number, Measured>;
}

/** A look is good for so long; the CPU is measured over at least that time. */
const shortestMs = 1000;

interface Look {
  readonly atMs: number;
  readonly groups: ReadonlyMap<number, readonly ProcessUsage[]>;
}

export class UsageMeter {
  readonly #machine: Machine;
  readonly #clock: Clock;
  /** By group: when it started. */
  readonly #began = new Map<number, number>();
  #last: Look | undefined;
  #usages = new Map<number, TaskUsage>();

  constructor(machine: Machine, clock: Clock) {
    this.#machine = machine;
    this.#clock = clock;
  }

  begin(group: number): void {
    this.#began.set(group, this.#clock.elapsed());
  }

  /** @returns what was known of it at the last look. */
  end(group: number): TaskUsage | undefined {
    const last = this.#usages.get(group);
    this.#began.delete(group);
    this.#usages.delete(group);
    return last;
  }

  /** @returns undefined for a group that is gone. */
  of(group: number): TaskUsage | undefined {
    this.look();
    return this.#began.has(group) ? this.#usages.get(group) : undefined;
  }

  /** Looks anew, unless that was just done. */
  look(): void {
    const atMs = this.#clock.elapsed();
    const last = this.#last;
    const isFresh = last !== undefined && atMs - last.atMs < shortestMs;
    if (isFresh && [...this.#began.keys()].every((group) => this.#usages.has(group))) return;
    const groups = this.#machine.usage(new Set(this.#began.keys()));
    this.#usages = new Map(
      [...groups].map(([group, processes]) => [group, usageOf(processes, this.#before(group, last), atMs)]),
    );
    this.#last = { atMs, groups };
  }

  #before(group: number, last: Look | undefined): Before {
    const began = this.#began.get(group) ?? 0;
    if (last === undefined || last.atMs < began) return { atMs: began, processes: [] };
    return { atMs: last.atMs, processes: last.groups.get(group) ?? [] };
  }
}

/** What was known of a group before. */
interface Before {
  readonly atMs: number;
  readonly processes: readonly ProcessUsage[];
}

/** Pure. Processes that are new began after the look before. */
export function usageOf(processes: readonly ProcessUsage[], before: Before, atMs: number): TaskUsage {
  const known = new Map(before.processes.map((one) => [one.pid, one]));
  const spanMs = Math.max(atMs - before.atMs, 1);
  const each = processes.map((one): readonly [number, Measured] => {
    const was = known.get(one.pid);
    const percent = (nowMs: number, wasMs = 0) => (Math.max(nowMs - wasMs, 0) / spanMs) * 100;
    const userPercent = percent(one.userMs, was?.userMs);
    const systemPercent = percent(one.systemMs, was?.systemMs);
    return [one.pid, { userPercent, systemPercent, rssBytes: one.rssBytes, swapBytes: one.swapBytes }];
  });
  const all = sumOf(each.map(([, one]) => one));
  return { ...all, processes: new Map(each) };
}

export const sumOf = (all: readonly Measured[]): Measured =>
  all.reduce(
    (sum, one) => ({
      userPercent: sum.userPercent + one.userPercent,
      systemPercent: sum.systemPercent + one.systemPercent,
      rssBytes: sum.rssBytes + one.rssBytes,
      swapBytes: sum.swapBytes + one.swapBytes,
    }),
    { userPercent: 0, systemPercent: 0, rssBytes: 0, swapBytes: 0 },
  );
