/** Policies and their rounds as JSON in the words of HCL: snake_case, durations as text, instants in RFC 3339. */
import { formatDuration } from '../lib/duration.ts';
import { withoutSecrets } from '../lib/secret.ts';
import type { Action } from '../model/action.ts';
import type { Check, PluginUse, Policy } from '../model/policy.ts';
import type { Schedule } from '../model/schedule.ts';
import type { CheckReport, TickReport } from '../model/tick.ts';
import type { PolicyView } from './view.ts';

/** A policy in the list: what it is, and how its last round went. */
export function policySummary(view: PolicyView): unknown {
  const { policy } = view;
  const last = view.reports.at(-1);
  return {
    ...identity(policy),
    target: pluginUse(policy.target),
    warnings: policy.warnings,
    ...state(view),
    last_tick: last && { at: instant(last.at), result: last.result, why: last.why, count: last.status?.count },
  };
}

/** A policy by itself: everything about it, and its recent rounds, newest first. */
export function policyDetails(view: PolicyView): unknown {
  return { ...definition(view.policy), ...state(view), ticks: view.reports.map(tick).reverse() };
}

function identity({ id, name, source, origin, type, min, max }: Policy): object {
  return { id, name, source, origin, type, min, max };
}

function state({ phase, nextTickAt, cooldownUntil }: PolicyView): object {
  return { phase, next_tick_at: instant(nextTickAt), cooldown_until: instant(cooldownUntil) };
}

function definition(policy: Policy): object {
  return {
    ...identity(policy),
    cooldown: formatDuration(policy.cooldownMs),
    cooldown_on_scale_up: formatDuration(policy.cooldownOnScaleUpMs),
    evaluation_interval: formatDuration(policy.evaluationIntervalMs),
    on_check_error: policy.onCheckError,
    schedule: schedule(policy.schedule),
    checks: policy.checks.map(check),
    target: pluginUse(policy.target),
    warnings: policy.warnings,
  };
}

function check(one: Check): object {
  return {
    name: one.name,
    group: one.group,
    source: one.source,
    query: one.query,
    query_window: one.queryInstant ? 'instant' : formatDuration(one.queryWindowMs),
    query_window_offset: formatDuration(one.queryWindowOffsetMs),
    on_error: one.onError,
    schedule: schedule(one.schedule),
    strategy: pluginUse(one.strategy),
  };
}

function schedule(one: Schedule | undefined): object | undefined {
  if (one === undefined) return undefined;
  const until = 'end' in one ? { end: one.end.text } : { duration: formatDuration(one.durationMs) };
  return { start: one.start.text, ...until };
}

function pluginUse({ name, config }: PluginUse): object {
  return { name, config: withoutSecrets(config) };
}

function tick(report: TickReport): object {
  const { status } = report;
  return {
    at: instant(report.at),
    took_ms: Math.round(report.tookMs * 1000) / 1000,
    result: report.result,
    why: report.why,
    from: report.from,
    to: report.to,
    status: status && {
      ready: status.ready,
      count: status.count,
      desired: status.desired,
      last_event_at: instant(status.lastEventAt),
      blocked_by: status.blockedBy,
      problem: status.problem,
    },
    checks: report.checks.map(checkReport),
    decision: action(report.decision),
    cooldown_until: instant(report.cooldownUntil),
  };
}

function checkReport(one: CheckReport): object {
  return {
    check: one.check,
    group: one.group,
    source: one.source,
    query: one.query,
    strategy: one.strategy,
    points: one.points,
    newest: one.newest && { at: instant(one.newest.at), value: numberOrText(one.newest.value) },
    dropped: one.dropped,
    partial: one.partial,
    action: action(one.action),
    left_out: one.leftOut,
    error: one.error,
    blame: one.blame,
  };
}

function action(one: Action | undefined): object | undefined {
  return one && { direction: one.direction, count: one.count, reason: one.reason, meta: one.meta };
}

/** JSON knows neither NaN nor infinity. */
function numberOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function instant(at: number | undefined): string | undefined {
  return at === undefined || !Number.isFinite(at) ? undefined : new Date(at).toISOString();
}
