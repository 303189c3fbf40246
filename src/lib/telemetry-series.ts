/** One series: what it ever counted, its last minute in intervals of 10 s, and for samples the values of the last 10 s. */
import type { Clock } from './clock.ts';

type LabelMap = Readonly<Record<string, string>>;

export type Kind = 'counter' | 'gauge' | 'sample';

export const intervalMs = 10_000;
const keptMs = 60_000;

/** What happened to a series within one interval. */
export interface Interval {
  /** Start, epoch milliseconds. */
  readonly start: number;
  readonly count: number;
  /** Of a gauge: its last value. */
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly min: number;
  readonly max: number;
  /** The last write, epoch milliseconds. */
  readonly updatedAt: number;
}

/** Numbers per interval in `Series.#cells`, in the order of `Interval`: a list of numbers is a fifth of a list of objects. */
const width = 7;

/** The values of the last 10 s that quantiles are made of; a busier series keeps its newest. */
const mostInWindow = 256;

/** Is given each value of a series. */
type Emit = (value: number) => void;

/** All series of one name. */
export class Family {
  readonly kind: Kind;
  /** Dotted, with service and, for gauges, host. */
  readonly name: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly #series = new Map<string, Series>();
  #sorted: readonly Series[] | undefined;

  constructor(kind: Kind, name: string, clock: Pick<Clock, 'now'>) {
    this.kind = kind;
    this.name = name;
    this.clock = clock;
  }

  get(text: string): Series | undefined {
    return this.#series.get(text);
  }

  create(labels: LabelMap, text: string, emits: readonly Emit[]): Series {
    const series = new Series(this, labels, text, emits);
    this.#series.set(text, series);
    this.#sorted = undefined;
    return series;
  }

  delete(series: Series): void {
    this.#series.delete(series.text);
    this.#sorted = undefined;
  }

  /** Sorted by labels. */
  all(): readonly Series[] {
    this.#sorted ??= [...this.#series.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
    return this.#sorted;
  }
}

export class Series {
  readonly family: Family;
  readonly labels: LabelMap;
  /** The labels as Prometheus writes them, without braces. */
  readonly text: string;
  /** Writes since it began, and their sum; of a gauge the last value. */
  count = 0;
  sum = 0;
  updatedAt = 0;
  readonly #emits: readonly Emit[];
  readonly #cells: number[] = [];
  #cell = 0;
  #window: Window | undefined;

  constructor(family: Family, labels: LabelMap, text: string, emits: readonly Emit[]) {
    this.#emits = emits;
    this.family = family;
    this.labels = labels;
    this.text = text;
  }

  add(n: number): void {
    this.#record(n, this.family.clock.now());
  }

  set(value: number): void {
    const now = this.family.clock.now();
    this.count = 1;
    this.sum = value;
    this.updatedAt = now;
    const cells = this.#cells;
    const at = this.#cellAt(now);
    cells[at + 1] = 1;
    cells[at + 2] = value;
    cells[at + 6] = now;
    for (const emit of this.#emits) emit(value);
  }

  observe(value: number): void {
    const now = this.family.clock.now();
    this.#record(value, now);
    this.#window ??= new Window();
    this.#window.add(value, now);
  }

  /** Begins again at nothing, as a series that was away for longer than the retention does. */
  reset(): void {
    this.count = 0;
    this.sum = 0;
  }

  /** The values of the 10 s before `now`, ascending; the view is good until the next call. */
  recent(now: number): Float64Array {
    return this.#window?.sorted(now) ?? none;
  }

  /** What is kept of the interval that begins at `start`. */
  interval(start: number): Interval | undefined {
    const cells = this.#cells;
    for (let at = 0; at < cells.length; at += width) {
      if (cells[at] !== start) continue;
      const [, count = 0, sum = 0, sumOfSquares = 0, min = 0, max = 0, updatedAt = 0] = cells.slice(at, at + width);
      return { start, count, sum, sumOfSquares, min, max, updatedAt };
    }
    return undefined;
  }

  /** Starts of the intervals of the last minute in which something was written; in no order. */
  *starts(now: number): Iterable<number> {
    for (let at = 0; at < this.#cells.length; at += width) {
      const start = this.#cells[at] ?? 0;
      if (start > now - keptMs - intervalMs) yield start;
    }
  }

  #record(value: number, now: number): void {
    this.count++;
    this.sum += value;
    this.updatedAt = now;
    const cells = this.#cells;
    const at = this.#cellAt(now);
    cells[at + 1] = (cells[at + 1] ?? 0) + 1;
    cells[at + 2] = (cells[at + 2] ?? 0) + value;
    cells[at + 3] = (cells[at + 3] ?? 0) + value * value;
    if (value < (cells[at + 4] ?? 0)) cells[at + 4] = value;
    if (value > (cells[at + 5] ?? 0)) cells[at + 5] = value;
    cells[at + 6] = now;
    for (const emit of this.#emits) emit(value);
  }

  /** @returns where the numbers of the running interval begin; an interval that is over a minute old makes room. */
  #cellAt(now: number): number {
    const cells = this.#cells;
    const start = now - (now % intervalMs);
    if (cells[this.#cell] === start) return this.#cell;
    let at = 0;
    while (at < cells.length && (cells[at] ?? 0) > start - keptMs - intervalMs) at += width;
    const fresh = [start, 0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, now];
    for (let k = 0; k < width; k++) cells[at + k] = fresh[k] ?? 0;
    this.#cell = at;
    return at;
  }
}

const none = new Float64Array(0);
const scratch = new Float64Array(mostInWindow);

/** A ring of pairs (time, value) that grows as far as one window needs. */
class Window {
  #pairs: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  #first = 0;
  #size = 0;

  add(value: number, now: number): void {
    while (this.#size > 0 && (this.#pairs[this.#first * 2] ?? 0) <= now - intervalMs) this.#dropFirst();
    if (this.#size === mostInWindow) this.#dropFirst();
    if (this.#size === this.#pairs.length / 2) this.#grow();
    const room = this.#pairs.length / 2;
    const at = ((this.#first + this.#size) % room) * 2;
    this.#pairs[at] = now;
    this.#pairs[at + 1] = value;
    this.#size++;
  }

  sorted(now: number): Float64Array {
    const room = this.#pairs.length / 2;
    let count = 0;
    for (let k = 0; k < this.#size; k++) {
      const at = ((this.#first + k) % room) * 2;
      if ((this.#pairs[at] ?? 0) > now - intervalMs) scratch[count++] = this.#pairs[at + 1] ?? 0;
    }
    const values = scratch.subarray(0, count);
    return count > 1 ? values.sort() : values;
  }

  #dropFirst(): void {
    this.#first = (this.#first + 1) % (this.#pairs.length / 2);
    this.#size--;
  }

  #grow(): void {
    const pairs = this.#pairs;
    const inOrder = [...pairs.slice(this.#first * 2), ...pairs.slice(0, this.#first * 2)];
    this.#pairs = [...inOrder, ...pairs.map(() => 0)];
    this.#first = 0;
  }
}

/** `plugin_name="x",policy_id="y"`: by name, values escaped. */
export function labelsText(labels: LabelMap): string {
  const names = Object.keys(labels).sort();
  return names.map((name) => `${name}="${labelValue(labels[name] ?? '')}"`).join(',');
}

function labelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
