/** One evaluation at work: what it may refer to, where its errors go, how much it may still do. */
import type { Range, Report } from '../lib/source.ts';
import type { Value } from '../schema/document.ts';
import type { Expression } from './ast.ts';
import type { Scope } from './scope.ts';

/** Characters that one evaluation may make: loops in loops make a lot of little. */
const largestWork = 10_000_000;

/** What a step costs, in characters. */
export const stepCost = 8;

/** Where a stretch of the tree's text stands in a file. */
export type Locate = (start: number, end: number) => Range;

export interface Place {
  readonly start: number;
  readonly end: number;
}

export abstract class Evaluation {
  /** Of the tree. */
  readonly text: string;
  readonly scope: Scope;
  /** Loop variables, the innermost last. */
  readonly locals: (readonly [name: string, value: Value])[] = [];
  /** The elements at hand of the splats around, the innermost last. */
  readonly items: Value[] = [];
  readonly #locate: Locate;
  readonly #report: Report;
  /** How many callers do not want to hear of errors. */
  #silent = 0;
  #workLeft = largestWork;

  constructor(text: string, locate: Locate, scope: Scope, report: Report) {
    this.text = text;
    this.scope = scope;
    this.#locate = locate;
    this.#report = report;
  }

  /** @returns undefined after reporting an error. */
  abstract value(node: Expression): Value | undefined;

  /** Reports an error. */
  fail(summary: string, detail: string, place: Place): undefined {
    if (this.#silent > 0) return;
    this.#report({ severity: 'error', summary, detail, range: this.#locate(place.start, place.end) });
  }

  /** Counts work done. @returns false after reporting that it was too much. */
  spend(amount: number, place: Place): boolean {
    if (this.#workLeft < 0) return false;
    this.#workLeft -= amount;
    if (this.#workLeft >= 0) return true;
    this.#silent = 0;
    this.fail('Result too large', 'Evaluating this expression takes too much work, or its result is too large.', place);
    return false;
  }

  /** True once the work was too much: whatever was found by then is no result. */
  get isExhausted(): boolean {
    return this.#workLeft < 0;
  }

  /** The value of something whose errors are nobody's business. */
  silently(node: Expression): Value | undefined {
    this.#silent++;
    const value = this.value(node);
    this.#silent = Math.max(this.#silent - 1, 0);
    return value;
  }

  /** Every value, or undefined when one has none; the others are evaluated all the same, for their errors. */
  all(nodes: readonly Expression[]): Value[] | undefined {
    const values: Value[] = [];
    for (const node of nodes) {
      const value = this.value(node);
      if (value !== undefined) values.push(value);
    }
    return values.length === nodes.length ? values : undefined;
  }
}
