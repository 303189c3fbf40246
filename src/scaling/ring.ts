/** The recent reports of one policy, few enough for ten thousand policies. */
import type { TickReport, TickResult } from '../model/tick.ts';

const latestKept = 6;
const olderKept = 6;

/** Keeps the latest reports, and of the older ones those that tell of something: a scaling, or another result than before. */
export class ReportRing {
  readonly #older: TickReport[] = [];
  readonly #latest: TickReport[] = [];
  #lastResult: TickResult | undefined;

  add(report: TickReport): void {
    this.#latest.push(report);
    if (this.#latest.length <= latestKept) return;
    const passing = this.#latest.shift();
    if (passing === undefined) return;
    const isTelling = passing.result !== this.#lastResult || changes.has(passing.result);
    this.#lastResult = passing.result;
    if (!isTelling) return;
    this.#older.push(passing);
    if (this.#older.length > olderKept) this.#older.shift();
  }

  /** Oldest first. */
  all(): readonly TickReport[] {
    return [...this.#older, ...this.#latest];
  }
}

const changes: ReadonlySet<TickResult> = new Set(['scaled', 'dry-run', 'no-op']);
