/** From a draft to a policy: the rules of both sources, defaults, and queries written out. Source: spec policy.md §4. */
import { formatDuration } from '../lib/duration.ts';
import {
  type Check,
  type OnError,
  type Policy,
  strategyWithoutMetrics,
  targetKeys,
  targetKind,
} from '../model/policy.ts';
import type { Schedule } from '../model/schedule.ts';
import type { CheckDraft, Draft, DraftPlace, Remark, ScheduleDraft } from './draft.ts';
import { expandQuery, isShortQuery, oldNodeQuery } from './query.ts';
import { readSchedule } from './schedule.ts';

/** What the agent's configuration says about policies. */
export interface PolicySettings {
  readonly defaultCooldownMs: number;
  readonly defaultEvaluationIntervalMs: number;
  /** Labels of the APMs whose driver is `nomad-apm`: their queries have short forms. */
  readonly nomadApms: ReadonlySet<string>;
}

export type PolicyOrigin = Pick<Policy, 'id' | 'source' | 'origin'>;

export type Completed =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly remarks: readonly Remark[] };

/** Label of the APM that a check asks which names none. */
export const defaultSource = 'nomad-apm';
const defaultQueryWindowMs = 60_000;
/** A tick more often than this is a mistake of the unit. */
const shortestIntervalMs = 10;

/**
 * @param nodeQueries  whether queries of node pools must be short, as in files, or may be written out.
 * @returns            the policy with every default filled in, or everything that is wrong with the draft.
 */
export function completePolicy(
  draft: Draft,
  origin: PolicyOrigin,
  settings: PolicySettings,
  nodeQueries: 'short' | 'any length' = 'short',
): Completed {
  const remarks: Remark[] = [];
  const remark = (message: string, advice: string, at: DraftPlace) => remarks.push({ message, advice, at });
  if (origin.id === '') remark('policy ID is empty', 'Whoever made this policy must give it one.', { part: 'policy' });
  judgeBounds(draft, remark);
  judgeTimes(draft, remark);
  if (draft.type !== 'cluster' && draft.type !== 'horizontal') {
    const advice = draft.type.startsWith('vertical_')
      ? 'Dynamic Application Sizing is not part of this autoscaler; types are "horizontal" and "cluster".'
      : 'Write "horizontal" for a task group or "cluster" for a pool of nodes.';
    const message = draft.type === '' ? 'policy has not type defined' : `policy type "${draft.type}" not supported`;
    remark(message, advice, { part: 'type' });
  }
  if (!isOnError(draft.onCheckError)) {
    const message = 'invalid value for on_check_error: only fail and ignore are allowed';
    remark(message, `It is "${draft.onCheckError}".`, { part: 'onCheckError' });
  }
  if (draft.target.name === '') remark('missing target', 'Write target "plugin" { … }.', { part: 'target' });
  const schedule = takeSchedule(draft.schedule, 'policy.schedule', (part) => ({ part }), remark);
  const checks = draft.checks.map((check, at) =>
    completeCheck(check, at, draft, settings, nodeQueries === 'short', remark),
  );
  if (checks.length === 0) remark(emptyChecks, 'Write at least one check block.', { part: 'policy' });
  const sound = checks.filter((check) => check !== undefined);
  if (remarks.length > 0) return { ok: false, remarks };

  const cooldownMs = draft.cooldownMs || settings.defaultCooldownMs;
  const evaluationIntervalMs = draft.evaluationIntervalMs || settings.defaultEvaluationIntervalMs;
  const policy: Policy = {
    ...origin,
    name: draft.name,
    type: draft.type,
    min: draft.min,
    max: draft.max,
    cooldownMs,
    cooldownOnScaleUpMs: draft.cooldownOnScaleUpMs || cooldownMs,
    evaluationIntervalMs,
    onCheckError: asOnError(draft.onCheckError),
    ...(schedule && { schedule }),
    checks: sound,
    target: {
      name: draft.target.name,
      config: { ...draft.target.config, [targetKeys.grpcTimeout]: formatDuration(evaluationIntervalMs * 0.75) },
    },
    warnings: [],
  };
  return { ok: true, policy };
}

export const emptyChecks =
  "empty checks, this policy won't execute any verification or scaling and should have enabled set to false";

type Tell = (message: string, advice: string, at: DraftPlace) => void;

function judgeBounds({ min, max }: Draft, remark: Tell): void {
  if (min < 0) remark("policy Min can't be negative", `It is ${min}; write 0 or more.`, { part: 'min' });
  if (max < 0) remark("policy Max can't be negative", `It is ${max}; write 0 or more.`, { part: 'max' });
  if (min > max) {
    const advice = `min is ${min} and max is ${max}: raise max or lower min.`;
    remark('policy Min must not be greater Max', advice, { part: max < 0 ? 'max' : 'min' });
  }
}

function judgeTimes(draft: Draft, remark: Tell): void {
  const negative = (key: string, ms: number, at: DraftPlace) => {
    if (ms < 0) remark(`${key} can't be negative`, `It is ${formatDuration(ms)}; leave it out for the default.`, at);
  };
  negative('cooldown', draft.cooldownMs, { part: 'cooldown' });
  negative('cooldown_on_scale_up', draft.cooldownOnScaleUpMs, { part: 'cooldownOnScaleUp' });
  negative('evaluation_interval', draft.evaluationIntervalMs, { part: 'evaluationInterval' });
  if (draft.evaluationIntervalMs > 0 && draft.evaluationIntervalMs < shortestIntervalMs) {
    const advice = `It is ${formatDuration(draft.evaluationIntervalMs)}; the shortest is ${shortestIntervalMs}ms.`;
    remark('evaluation_interval is too short', advice, { part: 'evaluationInterval' });
  }
  for (const [check, { queryWindowMs, queryWindowOffsetMs }] of draft.checks.entries()) {
    negative('query_window', queryWindowMs, { part: 'queryWindow', check });
    negative('query_window_offset', queryWindowOffsetMs, { part: 'queryWindowOffset', check });
  }
}

function completeCheck(
  draft: CheckDraft,
  check: number,
  { target }: Draft,
  settings: PolicySettings,
  wantsShort: boolean,
  remark: Tell,
): Check | undefined {
  const { name, strategy } = draft;
  if (strategy === undefined || strategy.name === '') {
    const advice = 'Write a block such as strategy "target-value" { target = 70 } inside the check.';
    remark(`invalid check ${name}: missing strategy value`, advice, { part: 'check', check });
    return undefined;
  }
  if (strategy.name.startsWith('app-sizing')) {
    const message = `invalid strategy in check ${name}: plugin ${strategy.name} can only be used with Dynamic Application Sizing`;
    remark(message, 'Dynamic Application Sizing is not part of this autoscaler.', { part: 'strategy', check });
  }
  if (!isOnError(draft.onError)) {
    const message = `invalid value for on_error in check ${name}: only fail and ignore are allowed`;
    remark(message, `It is "${draft.onError}".`, { part: 'onError', check });
  }
  const source = draft.source || defaultSource;
  const asksNomad = settings.nomadApms.has(source);
  judgeQuery(draft, check, wantsShort && asksNomad && targetKind(target.config) === 'node-pool', remark);
  const schedule = takeSchedule(draft.schedule, `check ${name}.schedule`, (part) => ({ part, check }), remark);
  return {
    name,
    source,
    query: asksNomad ? expandQuery(draft.query, target.config) : draft.query,
    queryWindowMs: draft.queryWindowMs || defaultQueryWindowMs,
    queryWindowOffsetMs: draft.queryWindowOffsetMs,
    queryInstant: draft.queryInstant,
    group: draft.group,
    onError: asOnError(draft.onError),
    ...(schedule && { schedule }),
    strategy,
  };
}

function judgeQuery(draft: CheckDraft, check: number, mustBeShort: boolean, remark: Tell): void {
  const { name, query, queryInstant, strategy } = draft;
  if (
    mustBeShort &&
    !isShortQuery(query) &&
    oldNodeQuery(query) === undefined &&
    strategy?.name !== strategyWithoutMetrics
  ) {
    const message = `check "${name}": query must be in short format (<operation>_<metric>) for Nomad APM node pool targets`;
    remark(message, 'Write for example "percentage-allocated_cpu"; the nodes are those of the target.', {
      part: 'query',
      check,
    });
  }
  const trigger = strategy?.config['within_bounds_trigger'] ?? '';
  if (queryInstant && strategy?.name === 'threshold' && !/^\+?0*1$/.test(trigger)) {
    const message = `check "${name}": "within_bounds_trigger" must be set to 1 when query_window = "instant"`;
    remark(message, 'An instant has one point; add within_bounds_trigger = 1 to the strategy.', {
      part: 'strategy',
      check,
    });
  }
}

function takeSchedule(
  draft: ScheduleDraft | undefined,
  path: string,
  place: (part: `schedule.${keyof ScheduleDraft}`) => DraftPlace,
  remark: Tell,
): Schedule | undefined {
  if (draft === undefined) return undefined;
  const got = readSchedule(draft);
  if (got.ok) return got.schedule;
  const advice =
    'A schedule has start = "0 9 * * 1-5" (minute hour day month weekday, UTC), and either an end of that form or a duration such as "8h".';
  remark(`${path}: ${got.why}`, advice, place(`schedule.${got.at}`));
  return undefined;
}

function isOnError(text: string): boolean {
  return text === '' || asOnError(text) !== undefined;
}

function asOnError(text: string): OnError {
  return text === 'ignore' || text === 'fail' ? text : undefined;
}
