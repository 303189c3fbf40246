/**
 * Evaluations that wait for capacity, at most one per job, and what releases them. Compat: spec nomad-scheduler.md §5.
 */
import type { Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import { isClientTerminal } from './allocation.ts';
import type { Change, Commit } from './commit.ts';
import { jobKey } from './identity.ts';
import { isReady } from './scheduler/feasible.ts';
import type { StateStore } from './state-store.ts';

export class BlockedEvals {
  readonly #store: StateStore;
  readonly #release: (evaluation: Evaluation) => void;
  /** By `jobKey`: the ID of the job's blocked evaluation. */
  readonly #blocked = new Map<string, string>();

  /** @param release  hands an evaluation back to the broker. */
  constructor(store: StateStore, release: (evaluation: Evaluation) => void) {
    this.#store = store;
    this.#release = release;
    store.onCommit((commit) => this.#hear(commit));
  }

  /** The evaluations that wait now. */
  *waiting(): Generator<Evaluation> {
    for (const id of this.#blocked.values()) {
      const evaluation = this.#store.state.evaluations.get(id);
      if (evaluation?.Status === 'blocked') yield evaluation;
    }
  }

  get size(): number {
    return this.#blocked.size;
  }

  #hear(commit: Commit): void {
    for (const change of commit.evaluations) this.#hearEvaluation(change, commit.nowMs);
    if (this.#blocked.size === 0) return;
    const classes = new Set<string>();
    for (const { before, after } of commit.nodes) {
      if (after !== undefined && isReady(after) && mayTakeMore(before, after)) classes.add(after.ComputedClass);
    }
    for (const { before, after } of commit.allocations) {
      if (after === undefined || !isClientTerminal(after) || after.ClientStatus === 'lost') continue;
      if (before !== undefined && isClientTerminal(before)) continue;
      const node: Node | undefined = this.#store.node(after.NodeID);
      if (node !== undefined) classes.add(node.ComputedClass);
    }
    if (classes.size > 0) this.#unblock(classes);
  }

  #hearEvaluation({ before, after }: Change<Evaluation>, nowMs: number): void {
    const evaluation = after ?? before;
    if (evaluation === undefined) return;
    const key = jobKey(evaluation.Namespace, evaluation.JobID);
    const held = this.#blocked.get(key);
    if (after?.Status === 'blocked') {
      if (held !== after.ID) this.#cancel(held, `existing blocked evaluation exists for job "${after.JobID}"`, nowMs);
      this.#blocked.set(key, after.ID);
    } else if (held === evaluation.ID) {
      this.#blocked.delete(key);
    } else if (held !== undefined && after?.Status === 'complete' && after.FailedTGAllocs === undefined) {
      this.#blocked.delete(key);
      this.#cancel(held, `evaluation "${after.ID}" successful`, nowMs);
    }
  }

  #cancel(id: string | undefined, description: string, nowMs: number): void {
    const evaluation = id === undefined ? undefined : this.#store.state.evaluations.get(id);
    if (evaluation?.Status !== 'blocked') return;
    this.#store.transact(nowMs, (tx) => {
      tx.putEvaluation({ ...evaluation, Status: 'canceled', StatusDescription: description });
    });
  }

  /** A class that the evaluation never saw may do. */
  #unblock(classes: ReadonlySet<string>): void {
    for (const evaluation of this.waiting()) {
      const eligibility = evaluation.ClassEligibility;
      const mayFit =
        evaluation.EscapedComputedClass || !eligibility || [...classes].some((one) => eligibility[one] !== false);
      if (mayFit) this.#release(evaluation);
    }
  }
}

/** It was not ready before, or says something else of itself now. */
const mayTakeMore = (before: Node | undefined, after: Node) =>
  before === undefined || !isReady(before) || before.Meta !== after.Meta;
