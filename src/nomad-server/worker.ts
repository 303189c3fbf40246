/**
 * Runs evaluations: takes one from the broker, asks the scheduler, commits the plan and records the outcome.
 *
 * Compat: spec nomad-scheduler.md §3.3; writes come in Nomad's order: the blocked evaluation, the plan, the outcome.
 */
import { explain } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import type { Evaluation } from '../nomad/evaluation-types.ts';
import { isOpen } from './allocation.ts';
import type { EvalBroker } from './eval-broker.ts';
import { annotationsOf, blockedEvaluation, isShort, whyUnplaced } from './evaluations.ts';
import { newId, toTimestamp } from './identity.ts';
import { applyPlan } from './plan-apply.ts';
import { type Decision, isNoOp, type Scheduler } from './scheduler/plan.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

/** Evaluations of one turn; requests are answered between turns. */
const mostPerTurn = 50;
const mostDeliveries = 3;
const mostAttempts = 5;
const followUpMs = 60_000;
const followUpSpreadMs = 300_000;

export interface WorkerParts {
  readonly world: World;
  readonly store: StateStore;
  readonly broker: EvalBroker;
  readonly timers: Timers;
  readonly schedulers: Readonly<Record<string, Scheduler>>;
  /** Milliseconds that an evaluation takes which changes something; 0 when missing. */
  readonly evaluateMs?: number;
}

export class Worker {
  readonly #parts: WorkerParts;
  readonly #deliveries = new Map<string, number>();
  #planned = false;
  #closed = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    parts.store.onCommit((commit) => {
      for (const { before, after } of commit.evaluations) {
        if (after?.Status === 'pending' && before?.Status !== 'pending') this.#accept(after);
      }
    });
  }

  /** Hands an evaluation to the broker: a pending one, or a blocked one that may fit now. */
  enqueue(evaluation: Evaluation): void {
    this.#parts.broker.enqueue(evaluation);
    this.#plan();
  }

  close(): void {
    this.#closed = true;
  }

  #accept(evaluation: Evaluation): void {
    if (!evaluation.WaitUntil) this.enqueue(evaluation);
    else this.#parts.timers.at(Date.parse(evaluation.WaitUntil), () => this.enqueue(evaluation));
  }

  #plan(): void {
    if (this.#planned || this.#closed) return;
    this.#planned = true;
    this.#parts.world.clock.after(0, () => this.#turn());
  }

  #turn(): void {
    this.#planned = false;
    for (let count = 0; count < mostPerTurn && !this.#closed; count++) {
      const next = this.#parts.broker.dequeue();
      if (next === undefined) return;
      this.#deliver(next);
    }
    this.#plan();
  }

  #deliver(evaluation: Evaluation): void {
    const { world, evaluateMs = 0 } = this.#parts;
    if (evaluateMs === 0 || !this.#changesSomething(evaluation)) {
      this.#work(evaluation);
      return;
    }
    world.clock.after(evaluateMs, () => {
      if (this.#closed) return;
      this.#work(evaluation);
      this.#plan();
    });
  }

  #changesSomething({ ID, Type }: Evaluation): boolean {
    const { store, world, schedulers } = this.#parts;
    const current = store.state.evaluations.get(ID);
    const run = schedulers[Type];
    if (current === undefined || run === undefined) return false;
    const context = { nowMs: world.clock.now(), newId: () => '', random: () => 0 };
    return !isNoOp(run(store, current, context).plan);
  }

  #work(evaluation: Evaluation): void {
    const { broker, store, world } = this.#parts;
    const current = store.state.evaluations.get(evaluation.ID);
    let again = false;
    try {
      if (current !== undefined && isOpen(current)) this.#run(current);
      this.#deliveries.delete(evaluation.ID);
    } catch (error) {
      world.log.error('evaluation failed', { evaluation: evaluation.ID, job: evaluation.JobID, error: explain(error) });
      again = this.#countFailure(evaluation);
    }
    for (const other of broker.acknowledge(evaluation)) this.#cancel(other);
    if (again) this.enqueue(evaluation);
  }

  #run(evaluation: Evaluation): void {
    const { store, world, schedulers } = this.#parts;
    const run = schedulers[evaluation.Type];
    if (run === undefined) {
      this.#finish(evaluation, undefined, 'failed', `no scheduler for "${evaluation.Type}"`);
      return;
    }
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const nowMs = world.clock.now();
      const newIdOf = () => newId(world.random);
      const decision = run(store, evaluation, { nowMs, newId: newIdOf, random: world.random });
      const blocked = this.#block(evaluation, decision);
      for (const followUp of decision.followUps) this.#put({ ...followUp, SnapshotIndex: store.index });
      const refused = isNoOp(decision.plan) ? 0 : applyPlan(store, decision.plan, nowMs, newIdOf).refused.size;
      if (refused > 0) continue;
      this.#complete(evaluation, decision, blocked);
      return;
    }
    this.#finish(evaluation, undefined, 'failed', `maximum attempts reached (${mostAttempts})`);
  }

  /** @returns the ID of the evaluation that now waits for room, if something found none. */
  #block(evaluation: Evaluation, decision: Decision): string | undefined {
    if (!isShort(decision) || evaluation.Status === 'blocked') return undefined;
    const id = newId(this.#parts.world.random);
    this.#put({ ...blockedEvaluation(id, evaluation, decision), SnapshotIndex: this.#parts.store.index });
    return id;
  }

  #complete(evaluation: Evaluation, decision: Decision, blocked: string | undefined): void {
    const isFailing = Object.keys(decision.failed).length > 0;
    if (isShort(decision) && evaluation.Status === 'blocked') {
      const { FailedTGAllocs: _, ...eligibility } = whyUnplaced(decision);
      this.#put({ ...evaluation, ...eligibility, SnapshotIndex: this.#parts.store.index });
      return;
    }
    const { FailedTGAllocs: _, StatusDescription: __, ...clean } = evaluation;
    const followUp = decision.followUps[0];
    this.#put({
      ...clean,
      Status: 'complete',
      ...(isFailing ? { FailedTGAllocs: decision.failed } : {}),
      ...(blocked === undefined || decision.blockedOn !== undefined ? {} : { BlockedEval: blocked }),
      ...(followUp === undefined ? {} : { NextEval: followUp.ID }),
      ...(decision.deploymentId === undefined ? {} : { DeploymentID: decision.deploymentId }),
      ...(Object.keys(decision.queued).length > 0 ? { QueuedAllocations: decision.queued } : {}),
      PlanAnnotations: annotationsOf(decision),
      SnapshotIndex: evaluation.ModifyIndex,
    });
  }

  #finish(evaluation: Evaluation, next: string | undefined, status: 'failed', description: string): void {
    this.#put({
      ...evaluation,
      Status: status,
      StatusDescription: description,
      ...(next === undefined ? {} : { NextEval: next }),
    });
  }

  /** @returns whether it should be tried once more. */
  #countFailure(evaluation: Evaluation): boolean {
    const { world } = this.#parts;
    const deliveries = (this.#deliveries.get(evaluation.ID) ?? 0) + 1;
    if (deliveries < mostDeliveries) {
      this.#deliveries.set(evaluation.ID, deliveries);
      return true;
    }
    this.#deliveries.delete(evaluation.ID);
    const { Namespace, Priority, Type, JobID } = evaluation;
    const id = newId(world.random);
    this.#finish(evaluation, id, 'failed', `evaluation reached delivery limit (${mostDeliveries})`);
    this.#put({
      ID: id,
      ...{ Namespace, Priority, Type, JobID },
      TriggeredBy: 'failed-follow-up',
      Status: 'pending',
      PreviousEval: evaluation.ID,
      WaitUntil: toTimestamp(world.clock.now() + followUpMs + world.random() * followUpSpreadMs),
      ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
    });
    return false;
  }

  #cancel(evaluation: Evaluation): void {
    const current = this.#parts.store.state.evaluations.get(evaluation.ID);
    if (current === undefined || !isOpen(current)) return;
    this.#put({ ...current, Status: 'canceled', StatusDescription: 'canceled after more recent eval was processed' });
  }

  #put(evaluation: Evaluation): void {
    const { store, world } = this.#parts;
    store.transact(world.clock.now(), (tx) => tx.putEvaluation(evaluation));
  }
}
