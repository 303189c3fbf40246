/** One check of one tick: query, strategy, cap. Whatever goes wrong in it is its result, not an exception. */
import type { Clock } from '../lib/clock.ts';
import { AutoscalerError, explain } from '../lib/error.ts';
import { type Action, metaKeys, noAction } from '../model/action.ts';
import type { Metric, TimeRange } from '../model/metric.ts';
import type { ApmCalls, StrategyInput } from '../model/plugin.ts';
import type { Check } from '../model/policy.ts';
import { isActive } from '../model/schedule.ts';
import type { CheckReport } from '../model/tick.ts';
import { cap } from './cap.ts';
import type { ReadyCheck, ReadyPolicy } from './prepare.ts';

/** What the checks of one tick share. */
export interface Round {
  readonly ready: ReadyPolicy;
  readonly clock: Clock;
  /** When the tick began, epoch milliseconds. */
  readonly at: number;
  /** The target's count. */
  readonly count: number;
  /** By the number of the query: what was answered in this tick. */
  readonly answers: Answer[];
  /** Ends the tick. */
  readonly signal: AbortSignal;
}

/** What went wrong, and what the record tells beside it. */
interface Failure extends Pick<CheckReport, 'points' | 'blame'> {
  readonly error: string;
}

/** What strategies may go by, and what the record tells beside it. */
interface Usable extends Pick<CheckReport, 'dropped' | 'partial'> {
  /** By time, oldest first; at least one, all of them finite. */
  readonly points: readonly Metric[];
}

export type Answer = Usable | Failure;

export interface CheckResult {
  readonly report: CheckReport;
  /** Set when the error of this check ends the tick. */
  readonly endsTick?: string;
}

/** @throws only when `round.signal` has ended. */
export async function runCheck(ready: ReadyCheck, round: Round): Promise<CheckResult> {
  const { check, lines } = ready;
  const { name, group, source, query, strategy } = check;
  const head: CheckReport = { check: name, group, source, query, strategy: strategy.name };
  lines.received();
  if (check.schedule !== undefined && !isActive(check.schedule, round.at)) {
    round.ready.lines.checkOutsideSchedule();
    return { report: { ...head, leftOut: 'outside-schedule' } };
  }
  if (ready.apm === undefined) return vote(ready, round, head, []);

  const known = round.answers[ready.query];
  if (known !== undefined) lines.usingCached();
  const answer = known ?? (await ask(ready.apm, ready, round));
  if ('error' in answer) return failed(ready, round, head, queryFailed, answer);
  const { points, ...facts } = answer;
  const newest = points.at(-1);
  return vote(ready, round, { ...head, points: points.length, ...(newest && { newest }), ...facts }, points);
}

async function ask(apm: ApmCalls, { check, query, lines, series }: ReadyCheck, round: Round): Promise<Answer> {
  const { clock, signal } = round;
  lines.querying();
  const started = clock.elapsed();
  let answer: Answer;
  try {
    const given = apm.query(check.query, rangeOf(check, round.at), signal);
    answer = readPoints(given instanceof Promise ? await given : given);
  } catch (error) {
    if (signal.aborted) throw error;
    answer = failure('failed to query source', error);
  }
  series.query.observe(clock.elapsed() - started);
  round.answers[query] = answer;
  return answer;
}

/** The time a check asks about. Source: spec policy.md §8.5. */
export function rangeOf(check: Check, now: number): TimeRange {
  const to = now - check.queryWindowOffsetMs;
  return { from: check.queryInstant ? to : to - check.queryWindowMs, to };
}

/**
 * Puts the points in order and leaves out those of the past that are no finite numbers: a metric often begins with 0/0. No
 * data at all is an error, and so is a newest point that is no number: nobody may decide by them.
 */
export function readPoints(points: readonly Metric[]): Answer {
  if (points.length === 0) return { error: 'no metrics available', points: 0 };
  let isSorted = true;
  let areNumbers = true;
  let partial: string | undefined;
  let before: Metric | undefined;
  for (const point of points) {
    if (!Number.isFinite(point.value)) areNumbers = false;
    if (before !== undefined && byTime(before, point) > 0) isSorted = false;
    partial ??= point.partial;
    before = point;
  }
  const sorted = isSorted ? points : points.toSorted(byTime);
  const facts = partial === undefined ? {} : { partial };
  return areNumbers ? { points: sorted, ...facts } : withoutUnknown(sorted, facts);
}

function withoutUnknown(sorted: readonly Metric[], facts: Pick<CheckReport, 'partial'>): Answer {
  const newest = sorted.at(-1);
  const unknown = sorted.findLast(({ value }) => !Number.isFinite(value));
  if (newest !== undefined && unknown !== undefined && byTime(unknown, newest) === 0) {
    return { error: `query result value is ${Number.isNaN(unknown.value) ? 'not-a-number' : 'infinite'}` };
  }
  const points = sorted.filter(({ value }) => Number.isFinite(value));
  return { points, dropped: sorted.length - points.length, ...facts };
}

const byTime = (a: Metric, b: Metric) => a.at - b.at || (a.atNanos ?? 0) - (b.atNanos ?? 0);

async function vote(
  ready: ReadyCheck,
  round: Round,
  seen: CheckReport,
  points: readonly Metric[],
): Promise<CheckResult> {
  const { clock, signal, count } = round;
  ready.lines.calculating(count);
  ready.lines.running();
  const started = clock.elapsed();
  let action: Action | undefined;
  try {
    const given = ready.strategy.run(inputOf(ready.check, round, points), signal);
    action = given instanceof Promise ? await given : given;
  } catch (error) {
    if (signal.aborted) throw error;
    return failed(ready, round, seen, strategyFailed, failure('failed to execute strategy', error));
  } finally {
    ready.series.run.observe(clock.elapsed() - started);
  }
  const judged = judge(action ?? noAction, round.ready, count);
  if ('error' in judged) return failed(ready, round, seen, strategyFailed, judged);
  if (seen.partial !== undefined && judged.action.count <= count) {
    return failed(ready, round, seen, queryFailed, { error: `the answer is incomplete: ${seen.partial}` });
  }
  return { report: { ...seen, ...judged } };
}

const queryFailed = 'failed to query source';
const strategyFailed = 'failed get count from metrics';

function failure(doing: string, error: unknown): Failure {
  return { error: `${doing}: ${explain(error)}`, ...(error instanceof AutoscalerError && { blame: error.blame }) };
}

function inputOf(check: Check, { ready, count }: Round, metrics: readonly Metric[]): StrategyInput {
  return {
    check: check.name,
    source: check.source,
    query: check.query,
    queryWindowMs: check.queryWindowMs,
    strategy: check.strategy.name,
    config: check.strategy.config,
    count,
    metrics,
    meta: ready.meta,
  };
}

/** What a strategy's word amounts to: `none` keeps the count, a move is kept within the bounds, nonsense is an error. */
function judge(action: Action, { policy, meta }: ReadyPolicy, count: number): { action: Action } | Failure {
  const known = metaKeys.policyId in action.meta ? action : { ...action, meta: { ...meta, ...action.meta } };
  if (action.direction === 'none') return { action: { ...known, count } };
  if (!Number.isSafeInteger(action.count) || action.count < 0) {
    return { error: `failed to execute strategy: ${action.count} is not a possible count` };
  }
  return { action: cap(known, policy) };
}

/** What an error amounts to: the end of the tick, or a check without a vote. Unset is neither `fail` nor `ignore`: it bars scaling in. */
function failed(ready: ReadyCheck, round: Round, seen: CheckReport, doing: string, what: Failure): CheckResult {
  const { error } = what;
  ready.lines.failed(error);
  const onError = ready.check.onError ?? round.ready.policy.onCheckError;
  const report: CheckReport = { ...seen, ...what };
  if (onError === 'fail') return { report, endsTick: `failed to run check and cap count: ${doing}: ${error}` };
  return { report: { ...report, leftOut: onError === 'ignore' ? 'ignored' : 'barred' } };
}
