/** Carries out what a policy decided: a slot, the target's call, the cooldown. Source: spec policy.md §8.8. */
import { type Clock, waitAtMost } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Release, Slots } from '../lib/slots.ts';
import type { Outcome } from '../model/target.ts';
import { asDryRun } from './cap.ts';
import type { ReadyPolicy } from './prepare.ts';
import { coolDown, type Pending, type PolicyState } from './state.ts';
import type { CarriedOut } from './tick.ts';

const slotWaitMs = 2 * 60_000;

export class Scaler {
  readonly #clock: Clock;
  readonly #slots: Readonly<Record<string, Slots>>;
  readonly #running = new Map<AbortController, Promise<CarriedOut>>();

  /** @param slots  by policy type. */
  constructor(clock: Clock, slots: Readonly<Record<string, Slots>>) {
    this.#clock = clock;
    this.#slots = slots;
  }

  /**
   * Waits for a slot and does what is pending then. Never rejected.
   *
   * @param signal  ends the waiting. A call of the target that has begun is not interrupted by it.
   */
  async carryOut(ready: ReadyPolicy, state: PolicyState, signal: AbortSignal): Promise<CarriedOut> {
    const { lines } = ready;
    lines.requestingSlot();
    state.phase = 'waiting';
    let release: Release | undefined;
    try {
      const slots = this.#slots[ready.policy.type];
      if (slots === undefined) return refused(ready, `no slots for policies of type "${ready.policy.type}"`);
      const given = slots.acquire(slotWaitMs, signal);
      release = given instanceof Promise ? await given : given;
      lines.slotGranted();
      const { pending } = state;
      if (pending === undefined) return { result: 'hold', why: 'no longer needed when its turn came' };
      state.phase = 'scaling';
      const call = new AbortController();
      if (pending.action.direction === 'down') state.abandon = () => call.abort(new Abandoned());
      const done = this.#scale(state, pending, call.signal);
      this.#running.set(call, done);
      return await done.finally(() => this.#running.delete(call));
    } catch (error) {
      if (signal.aborted) return { result: 'skipped', why: 'the policy was stopped while it waited for a slot' };
      return refused(ready, `timeout waiting for execution time: ${explain(error)}`);
    } finally {
      state.phase = 'idle';
      state.abandon = undefined;
      release?.();
    }
  }

  async #scale(state: PolicyState, pending: Pending, signal: AbortSignal): Promise<CarriedOut> {
    const { ready, action } = pending;
    const { policy, lines, series } = ready;
    const granted = this.#clock.elapsed();
    if (ready.isDryRun) lines.dryRun();
    const told = ready.isDryRun ? asDryRun(action) : action;
    lines.scaling(told);
    const called = this.#clock.elapsed();
    let outcome: Outcome;
    try {
      const given = ready.target.scale(told, policy.target.config, signal);
      outcome = given instanceof Promise ? await given : given;
    } catch (error) {
      if (signal.reason instanceof Abandoned) {
        lines.abandoned();
        return { result: 'no-op', why: signal.reason.message, done: pending };
      }
      series.scale.errors.add(1);
      return refused(ready, `failed to get scale target: ${explain(error)}`, pending);
    } finally {
      series.scale.call.observe(this.#clock.elapsed() - called);
      series.scale.invoke.observe(this.#clock.elapsed() - granted);
    }
    if (outcome.kind === 'no-op') {
      series.scale.errors.add(1);
      lines.noOp(outcome.reason);
      return { result: 'no-op', why: outcome.reason, done: pending };
    }
    series.scale.successes.add(1);
    const cooldownMs = action.direction === 'up' ? policy.cooldownOnScaleUpMs : policy.cooldownMs;
    coolDown(state, this.#clock.now() + cooldownMs);
    lines.scaled(action.count, cooldownMs);
    return { result: ready.isDryRun ? 'dry-run' : 'scaled', why: action.reason, done: pending };
  }

  /** Waits for the running calls, and calls off those that are not done in time. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    await waitAtMost(this.#clock, deadlineMs, Promise.allSettled(this.#running.values()));
    for (const call of this.#running.keys()) call.abort();
  }
}

/** Why a call of the target was ended: nothing went wrong, it is only not wanted any more. */
class Abandoned extends Error {
  override readonly name = 'AbortError';

  constructor() {
    super('called off, since more is needed now');
  }
}

function refused({ lines }: ReadyPolicy, reason: string, done?: Pending): CarriedOut {
  lines.scaleFailed(reason);
  return { result: 'failed', why: reason, ...(done && { done }) };
}
