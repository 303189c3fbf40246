/** One round of one policy: see, judge, decide, and have it carried out. It makes exactly one report. */
import type { Clock } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Action } from '../model/action.ts';
import { isActive } from '../model/schedule.ts';
import type { TargetStatus } from '../model/target.ts';
import type { CheckReport, TickReport, TickResult } from '../model/tick.ts';
import { backInBounds } from './cap.ts';
import { runCheck } from './check.ts';
import { combine, type Vote } from './combine.ts';
import { cooldownOfEvent, gate } from './gate.ts';
import type { ReadyPolicy } from './prepare.ts';
import { coolDown, type Pending, type PolicyState } from './state.ts';

/** What a tick works on and reaches the outside by. */
export interface TickParts {
  readonly clock: Clock;
  readonly ready: ReadyPolicy;
  readonly state: PolicyState;
  /** Ends the tick when the policy is stopped. */
  readonly signal: AbortSignal;
  /** Carries out what is pending, now or once there is a slot. Never rejected. */
  readonly carryOut: (ready: ReadyPolicy, state: PolicyState, signal: AbortSignal) => Promise<CarriedOut>;
  /** Told of each error that ended a tick. */
  readonly onError: (policyId: string, error: string) => void;
}

/** How carrying out an action ended, and which one it was: a later tick may have replaced it. */
export interface CarriedOut {
  readonly result: TickResult;
  readonly why: string;
  readonly done?: Pending;
}

/** What a tick found out so far. */
interface Findings {
  status?: TargetStatus;
  readonly checks: CheckReport[];
  decision?: Action;
}

type Unfinished<T> = { -readonly [Key in keyof T]: T[Key] };

/** How a tick ends: with a result at once, or by acting. `wants` is what is to happen when there is a slot. */
interface End {
  readonly result: TickResult | 'act';
  readonly why: string;
  readonly wants?: Pending;
}

/**
 * Runs one round.
 *
 * @param report  called exactly once: usually before this is fulfilled, but when a target takes its time to scale, only
 *                when that is done. The next tick may begin meanwhile.
 */
export async function tick(parts: TickParts, report: (report: TickReport) => void): Promise<void> {
  const { clock, ready, state, signal } = parts;
  const at = clock.now();
  const started = clock.elapsed();
  const found: Findings = { checks: [] };
  const end = await decide(parts, at, found).catch((error) => endOf(error, parts));
  if (!signal.aborted) state.pending = end.wants; // else the state may belong to a successor

  const record = (result: TickResult, why: string, done?: Pending): TickReport => {
    const { status, checks, decision } = found;
    const made: Unfinished<TickReport> = {
      policyId: ready.policy.id,
      at,
      tookMs: clock.elapsed() - started,
      result,
      why,
      checks: checks.slice(), // a list that grew keeps room for many more, and reports are kept
    };
    if (status !== undefined) made.status = status;
    if (decision !== undefined) made.decision = decision;
    const from = done?.from ?? status?.count;
    if (from !== undefined) made.from = from;
    const to = (done?.action ?? decision)?.count;
    if (to !== undefined) made.to = to;
    if (state.cooldownUntil > clock.now()) made.cooldownUntil = state.cooldownUntil;
    return made;
  };
  if (end.result === 'failed') parts.onError(ready.policy.id, end.why);
  if (end.result !== 'act') return report(record(end.result, end.why));
  parts
    .carryOut(ready, state, signal)
    .then(({ result, why, done }) => report(record(result, why, done)))
    .catch((error) => parts.onError(ready.policy.id, explain(error)));
}

/** The edge: what no part of a tick took for its own failure. */
function endOf(error: unknown, { ready, signal }: TickParts): End {
  if (signal.aborted) {
    ready.lines.stoppedInTick();
    return { result: 'skipped', why: 'the policy was stopped' };
  }
  return failure(`handler: unable to execute policy ID: ${ready.policy.id}, ${explain(error)}`);
}

const failure = (why: string): End => ({ result: 'failed', why });

async function decide(parts: TickParts, at: number, found: Findings): Promise<End> {
  const { ready, state, signal } = parts;
  const { policy, lines } = ready;
  if (policy.schedule !== undefined && !isActive(policy.schedule, at)) {
    lines.outsideSchedule();
    return { result: 'skipped', why: 'outside the schedule' };
  }

  const status = await look(parts);
  if (status === undefined && !state.isTargetMissing) lines.targetNotFound();
  state.isTargetMissing = status === undefined;
  if (status === undefined) return failure('target not found');
  if (typeof status === 'string') return failure(status);
  found.status = status;
  if (!state.hasSeenTarget) rememberLastEvent(parts, status, at);
  if (!status.ready) {
    lines.targetNotReady();
    return { result: 'skipped', why: 'target is not ready' };
  }
  if (status.blockedBy !== undefined) {
    lines.targetBlocked(status.blockedBy);
    return { result: 'hold', why: status.blockedBy };
  }

  lines.received();
  const decision =
    backInBounds(status.count, policy, ready.meta) ?? (await judge(parts, at, status.count, found.checks));
  if (typeof decision === 'string') return failure(`handler: unable to execute policy ID: ${policy.id}, ${decision}`);
  signal.throwIfAborted();
  found.decision = decision;
  lines.calculating(status.count, decision);
  return pass(parts, decision, status);
}

/** The target's state, undefined when there is no such target, or an error's text. */
async function look({ clock, ready, signal }: TickParts): Promise<TargetStatus | string | undefined> {
  const { target } = ready.policy;
  const started = clock.elapsed();
  try {
    const given = ready.target.status(target.config, signal);
    const status = given instanceof Promise ? await given : given;
    if (status?.ready && !(Number.isSafeInteger(status.count) && status.count >= 0)) {
      return `handler: failed to get target status for target: ${target.name}, ${status.count} is not a possible count`;
    }
    return status;
  } catch (error) {
    if (signal.aborted) throw error;
    return `handler: failed to get target status for target: ${target.name}, ${explain(error)}`;
  } finally {
    ready.series.status.observe(clock.elapsed() - started);
  }
}

function rememberLastEvent({ ready, state }: TickParts, { lastEventAt }: TargetStatus, at: number): void {
  state.hasSeenTarget = true;
  if (lastEventAt === undefined || lastEventAt <= 0) return;
  coolDown(state, cooldownOfEvent(lastEventAt, ready.policy.cooldownOnScaleUpMs, at));
}

/** Asks the checks. @returns the action of the winner, or why the tick has to end. */
async function judge(parts: TickParts, at: number, count: number, reports: CheckReport[]): Promise<Action | string> {
  const { clock, ready, signal } = parts;
  const started = clock.elapsed();
  const round = { ready, clock, at, count, answers: [], signal };
  const votes: Vote[] = [];
  let barredBy: string | undefined;
  for (const check of ready.checks) {
    signal.throwIfAborted();
    const { report, endsTick } = await runCheck(check, round);
    reports.push(report);
    if (endsTick !== undefined) return endsTick;
    if (report.action !== undefined) votes.push({ group: report.group, action: report.action });
    else if (report.leftOut === 'barred') barredBy ??= report.check;
  }
  const winner = combine(votes);
  if (winner === undefined) return { direction: 'none', count, reason: 'every check was left out', meta: {} };
  ready.series.evaluate.observe(clock.elapsed() - started);
  ready.lines.selected(winner);
  const isScaleIn = winner.direction !== 'none' && winner.count < count;
  if (barredBy === undefined || !isScaleIn) return winner;
  return { direction: 'none', count, reason: `not scaled in because check "${barredBy}" failed`, meta: ready.meta };
}

/** Holds the decision against the target's state and the policy's cooldown. */
function pass({ clock, ready, state }: TickParts, action: Action, status: TargetStatus): End {
  const { lines } = ready;
  const wants = { ready, action, from: status.count };
  const verdict = gate(action, status, state, clock.now());
  switch (verdict.kind) {
    case 'go':
      return { result: 'act', why: '', wants };
    case 'no-change':
      lines.noActionNeeded();
      return { result: 'hold', why: verdict.why };
    case 'settling':
      lines.settling(verdict.why);
      return { result: 'hold', why: verdict.why };
    case 'waiting':
      lines.stillWaiting();
      return { result: 'hold', why: verdict.why, wants };
    case 'abandon':
      lines.abandoning();
      state.abandon?.();
      return { result: 'hold', why: verdict.why };
    case 'scaling':
      lines.stillScaling();
      return { result: 'hold', why: verdict.why };
    case 'cooldown':
      lines.onCooldown(verdict.remainingMs);
      return { result: 'hold', why: verdict.why };
  }
}
