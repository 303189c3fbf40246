/** When clients tell what they know: each looks at it in a beat of its own. */
import type { Cancel } from '../lib/clock.ts';
import type { Timers } from './timers.ts';

export interface LookPace {
  /** Milliseconds between two looks of a client at what it has to tell; 0 tells everything at once. */
  readonly lookMs: number;
  /** Only every so many looks it tells what nobody is in a hurry for. */
  readonly calmLooks: number;
}

/** Gets what the client of a node tells now: the IDs of allocations. */
export type Tell = (nodeId: string, ids: Iterable<string>) => void;

interface Beat {
  readonly nodeId: string;
  /** When the client began, or told last. */
  sinceMs: number;
  /** It is telling; what comes meanwhile waits for the next look. */
  isTelling: boolean;
  isUrgent: boolean;
  readonly ids: Set<string>;
  next: { readonly atMs: number; readonly cancel: Cancel } | undefined;
}

export interface LooksParts {
  readonly timers: Timers;
  readonly pace: LookPace;
  readonly tell: Tell;
  /** Whether what a client knows of an allocation cannot wait. */
  readonly isUrgent: (id: string) => boolean;
}

export class Looks {
  readonly #timers: Timers;
  readonly #pace: LookPace;
  readonly #tell: Tell;
  readonly #isUrgent: (id: string) => boolean;
  /** By node. */
  readonly #beats = new Map<string, Beat>();

  constructor({ timers, pace, tell, isUrgent }: LooksParts) {
    this.#timers = timers;
    this.#pace = pace;
    this.#tell = tell;
    this.#isUrgent = isUrgent;
  }

  /** A client begins: what the one before it did not tell is not told any more. */
  begin(nodeId: string): void {
    this.#beats.get(nodeId)?.next?.cancel();
    this.#beats.delete(nodeId);
    if (this.#pace.lookMs > 0) this.#beats.set(nodeId, newBeat(nodeId, this.#timers.now()));
  }

  add(nodeId: string, id: string): void {
    if (this.#pace.lookMs === 0) {
      this.#tell(nodeId, [id]);
      return;
    }
    const beat = this.#beats.get(nodeId) ?? newBeat(nodeId, this.#timers.now());
    this.#beats.set(nodeId, beat);
    beat.ids.add(id);
    beat.isUrgent ||= this.#isUrgent(id);
    this.#plan(beat);
  }

  /** What the client of a node told was written. */
  told(nodeId: string): void {
    const beat = this.#beats.get(nodeId);
    if (beat === undefined) return;
    beat.isTelling = false;
    beat.sinceMs = this.#timers.now();
    beat.isUrgent = [...beat.ids].some((id) => this.#isUrgent(id)); // it may be so only after what was told
    this.#plan(beat);
  }

  #plan(beat: Beat): void {
    if (beat.isTelling || beat.ids.size === 0) return;
    const { lookMs, calmLooks } = this.#pace;
    const everyMs = beat.isUrgent ? lookMs : lookMs * calmLooks;
    const atMs = beat.sinceMs + (Math.floor((this.#timers.now() - beat.sinceMs) / everyMs) + 1) * everyMs;
    if (beat.next !== undefined && beat.next.atMs <= atMs) return;
    beat.next?.cancel();
    beat.next = { atMs, cancel: this.#timers.at(atMs, () => this.#look(beat)) };
  }

  #look(beat: Beat): void {
    beat.next = undefined;
    beat.isTelling = true;
    beat.isUrgent = false;
    const ids = [...beat.ids];
    beat.ids.clear();
    this.#tell(beat.nodeId, ids);
  }
}

function newBeat(nodeId: string, sinceMs: number): Beat {
  return { nodeId, sinceMs, isTelling: false, isUrgent: false, ids: new Set(), next: undefined };
}
