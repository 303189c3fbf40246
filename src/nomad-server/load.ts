/**
 * How much work the simulated jobs have: a total per task group that its running allocations share, so that scaling
 * out makes each of them less busy. Without an entry a group idles.
 */
import type { Allocation } from './allocation.ts';
import { groupKey } from './identity.ts';

/** What a group uses in all, at one time. */
export interface Load {
  readonly cpuMhz: number;
  readonly memoryMb: number;
}

/** A total that moves: straight lines between points (`atMs` since the curve began), from the start again at its end. */
export interface LoadCurve {
  readonly points: readonly (Load & { readonly atMs: number })[];
  readonly repeats: boolean;
}

const idle: Load = { cpuMhz: 0, memoryMb: 0 };

/** What an allocation really uses. @returns undefined for one that only pretends to run. */
export type Measure = (allocation: Allocation) => Load | undefined;

export class LoadModel {
  readonly #measure: Measure;
  readonly #entries = new Map<string, { readonly beganMs: number; readonly curve: LoadCurve }>();

  constructor(measure: Measure = () => undefined) {
    this.#measure = measure;
  }

  /** A total that stays until it is set again. */
  set(job: string, group: string, load: Load, nowMs: number): void {
    this.setCurve(job, group, { points: [{ ...load, atMs: 0 }], repeats: false }, nowMs);
  }

  setCurve(job: string, group: string, curve: LoadCurve, nowMs: number): void {
    this.#entries.set(`${job}/${group}`, { beganMs: nowMs, curve });
  }

  clear(job: string, group: string): void {
    this.#entries.delete(`${job}/${group}`);
  }

  /** The group's total. Job IDs are those of any namespace. */
  total(job: string, group: string, nowMs: number): Load {
    const entry = this.#entries.get(`${job}/${group}`);
    return entry === undefined ? idle : valueAt(entry.curve, nowMs - entry.beganMs);
  }

  /** What a running allocation uses, when the counts of all groups are known. */
  shareOf(one: Allocation, running: ReadonlyMap<string, number>, nowMs: number): Load {
    return this.usedBy(one, () => running.get(groupKey(one)) ?? 1, nowMs);
  }

  /** @param running  how many of its group run; asked only where nothing is measured. */
  usedBy(one: Allocation, running: () => number, nowMs: number): Load {
    return this.#measure(one) ?? this.share(one.JobID, one.TaskGroup, running(), nowMs);
  }

  /** One running allocation's part of it. */
  share(job: string, group: string, running: number, nowMs: number): Load {
    const total = this.total(job, group, nowMs);
    const parts = Math.max(running, 1);
    return { cpuMhz: total.cpuMhz / parts, memoryMb: total.memoryMb / parts };
  }
}

/** Running allocations by group, for `shareOf`. */
export function runningCounts(allocations: Iterable<Allocation>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of allocations) {
    if (one.ClientStatus !== 'running') continue;
    const key = groupKey(one);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** @param sinceMs  since the curve began. Before the first point holds the first, after the last the last. */
export function valueAt({ points, repeats }: LoadCurve, sinceMs: number): Load {
  const last = points.at(-1);
  if (last === undefined) return idle;
  const atMs = repeats && last.atMs > 0 ? sinceMs % last.atMs : sinceMs;
  const next = points.findIndex((point) => point.atMs > atMs);
  const [before, after] = next < 0 ? [last, last] : [points[Math.max(next - 1, 0)] ?? last, points[next] ?? last];
  const width = after.atMs - before.atMs;
  const part = width === 0 ? 0 : (atMs - before.atMs) / width;
  return {
    cpuMhz: before.cpuMhz + (after.cpuMhz - before.cpuMhz) * part,
    memoryMb: before.memoryMb + (after.memoryMb - before.memoryMb) * part,
  };
}
