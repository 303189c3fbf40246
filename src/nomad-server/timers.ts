/**
 * One timer for many deadlines. Tens of thousands of parked requests and simulated allocations wait here; the clock
 * sees only the next slot. A deadline is met at most one slot late, never early.
 */
import type { Cancel, Clock } from '../lib/clock.ts';

/** Milliseconds per slot. */
const slotMs = 10;

export class Timers {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Set<() => void>>();
  /** Slot numbers, the smallest first (binary heap). */
  readonly #order: number[] = [];
  #armedFor: number | undefined;
  #disarm: Cancel | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Calls `run` once, `ms` from now; 0 means at the next turn. */
  after(ms: number, run: () => void): Cancel {
    return this.at(this.#clock.now() + ms, run);
  }

  /** Calls `run` once, when the clock shows `instant` (epoch milliseconds) or later. */
  at(instant: number, run: () => void): Cancel {
    if (this.#closed) return () => undefined;
    const slot = Math.ceil(instant / slotMs);
    let calls = this.#slots.get(slot);
    if (calls === undefined) {
      calls = new Set();
      this.#slots.set(slot, calls);
      push(this.#order, slot);
      this.#arm();
    }
    const call = () => run();
    calls.add(call);
    return () => {
      calls.delete(call);
    };
  }

  /** Forgets every call. */
  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#slots.clear();
    this.#order.length = 0;
  }

  #arm(): void {
    const first = this.#order[0];
    if (first === undefined || (this.#armedFor !== undefined && this.#armedFor <= first)) return;
    this.#disarm?.();
    this.#armedFor = first;
    this.#disarm = this.#clock.after(first * slotMs - this.#clock.now(), () => this.#fire());
  }

  #fire(): void {
    this.#armedFor = undefined;
    this.#disarm = undefined;
    const now = this.#clock.now();
    for (let slot = this.#order[0]; slot !== undefined && slot * slotMs <= now; slot = this.#order[0]) {
      pop(this.#order);
      const calls = this.#slots.get(slot);
      this.#slots.delete(slot);
      for (const call of calls ?? []) call();
    }
    if (!this.#closed) this.#arm();
  }
}

function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] ?? value;
    if (above <= value) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
    const below = heap[child] ?? last;
    if (below >= last) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}
