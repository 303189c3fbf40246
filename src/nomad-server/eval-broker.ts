/**
 * Decides which pending evaluation runs next: the highest priority first, then the oldest; of one job never two at
 * once. Compat: spec nomad-scheduler.md §3.2.
 */
import type { Evaluation } from '../nomad/evaluation-types.ts';
import { jobKey } from './identity.ts';

interface Lane {
  readonly queue: Evaluation[];
  head: number;
}

export interface BrokerStats {
  readonly ready: number;
  readonly waiting: number;
  readonly running: number;
}

export class EvalBroker {
  /** By priority. */
  readonly #lanes = new Map<number, Lane>();
  /** Evaluations of jobs of which one is ready or running. */
  readonly #waiting = new Map<string, Evaluation[]>();
  readonly #busy = new Set<string>();
  readonly #known = new Set<string>();
  #ready = 0;
  #running = 0;

  get stats(): BrokerStats {
    let waiting = 0;
    for (const list of this.#waiting.values()) waiting += list.length;
    return { ready: this.#ready, waiting, running: this.#running };
  }

  /** An evaluation that is already here stays as it is. */
  enqueue(evaluation: Evaluation): void {
    if (this.#known.has(evaluation.ID)) return;
    this.#known.add(evaluation.ID);
    const key = jobKey(evaluation.Namespace, evaluation.JobID);
    if (!this.#busy.has(key)) {
      this.#makeReady(key, evaluation);
      return;
    }
    const list = this.#waiting.get(key);
    if (list === undefined) this.#waiting.set(key, [evaluation]);
    else list.push(evaluation);
  }

  /** Takes the next one; its job is busy until `acknowledge`. */
  dequeue(): Evaluation | undefined {
    let best: Lane | undefined;
    let bestPriority = Number.NEGATIVE_INFINITY;
    for (const [priority, lane] of this.#lanes) {
      if (lane.head < lane.queue.length && priority > bestPriority) {
        best = lane;
        bestPriority = priority;
      }
    }
    const next = best?.queue[best.head];
    if (best === undefined || next === undefined) return undefined;
    best.head++;
    if (best.head === best.queue.length) {
      best.queue.length = 0;
      best.head = 0;
    }
    this.#ready--;
    this.#running++;
    return next;
  }

  /**
   * The evaluation is done. Of those that waited for its job the best becomes ready.
   *
   * @returns the others, which nobody needs any more.
   */
  acknowledge(evaluation: Evaluation): readonly Evaluation[] {
    const key = jobKey(evaluation.Namespace, evaluation.JobID);
    this.#running--;
    this.#known.delete(evaluation.ID);
    this.#busy.delete(key);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return [];
    this.#waiting.delete(key);
    const [best, ...others] = waiting.sort((a, b) => b.Priority - a.Priority || b.ModifyIndex - a.ModifyIndex);
    if (best !== undefined) this.#makeReady(key, best);
    for (const other of others) this.#known.delete(other.ID);
    return others;
  }

  #makeReady(key: string, evaluation: Evaluation): void {
    this.#busy.add(key);
    this.#ready++;
    const lane = this.#lanes.get(evaluation.Priority);
    if (lane === undefined) this.#lanes.set(evaluation.Priority, { queue: [evaluation], head: 0 });
    else lane.queue.push(evaluation);
  }
}
