/** Actions, checks, metrics and times between model/ and proto/. Pure. Source: spec plugins.md §3.2. */
import { AutoscalerError } from '../lib/error.ts';
import { type Action, type Direction, type Json, type Meta, metaKeys, noAction } from '../model/action.ts';
import type { Metric, TimeRange } from '../model/metric.ts';
import type { StrategyInput } from '../model/plugin.ts';
import type { Any } from './generated/google/protobuf/any.ts';
import type { Duration } from './generated/google/protobuf/duration.ts';
import type { Timestamp } from './generated/google/protobuf/timestamp.ts';
import {
  type ScalingAction,
  ScalingDirection,
  type ScalingPolicyCheck,
  type TimestampedMetric,
  type TimeRange as WireRange,
} from './generated/plugins/shared.ts';

/** Something on the wire, or meant for it, that has no meaning. Code `plugin_wire_invalid`. */
export function wireError(message: string, cause?: unknown): AutoscalerError {
  return new AutoscalerError('plugin_wire_invalid', message, { blame: 'remote', cause });
}

const directions: Readonly<Partial<Record<Direction, ScalingDirection>>> = {
  none: ScalingDirection.SCALING_DIRECTION_NONE,
  down: ScalingDirection.SCALING_DIRECTION_DOWN,
  up: ScalingDirection.SCALING_DIRECTION_UP,
};

/**
 * @throws `plugin_wire_invalid` for a recommendation, which has no number on the wire, and for what is no direction, as a plugin
 *         without types may say. Compat: upstream prints a number that it does not know as `none`.
 */
export function directionToWire(direction: Direction): ScalingDirection {
  const number = directions[direction];
  if (number === undefined) {
    throw wireError(`scale direction is unknown: "${typeof direction === 'string' ? direction : 'none'}"`);
  }
  return number;
}

/** @throws `plugin_wire_invalid` for 0 and for what is not known. */
export function directionFromWire(direction: number): Direction {
  switch (direction) {
    case ScalingDirection.SCALING_DIRECTION_NONE:
      return 'none';
    case ScalingDirection.SCALING_DIRECTION_DOWN:
      return 'down';
    case ScalingDirection.SCALING_DIRECTION_UP:
      return 'up';
    default: {
      const name = direction === 0 ? 'SCALING_DIRECTION_UNSPECIFIED' : String(direction);
      throw wireError(`scale direction is unknown: "${name}"`);
    }
  }
}

/** @throws `plugin_wire_invalid` unless it is a whole number that a double holds exactly. */
export function countToWire(count: number): bigint {
  if (!Number.isSafeInteger(count)) throw wireError(`count ${count} is no whole number within 2^53`);
  return BigInt(count);
}

/** @throws `plugin_wire_invalid` beyond 2^53. */
export function countFromWire(count: bigint): number {
  const value = Number(count);
  if (!Number.isSafeInteger(value)) throw wireError(`count ${count} is beyond 2^53`);
  return value;
}

const noBytes = Buffer.alloc(0);

export function metaToWire(meta: Meta): Any {
  return { typeUrl: '', value: Buffer.from(JSON.stringify(meta)) };
}

/** @throws `plugin_wire_invalid` when it is no JSON object. The type URL says nothing. */
export function metaFromWire(meta: Any | undefined): Meta {
  if (meta === undefined) return {};
  let value: Json;
  try {
    value = JSON.parse((meta.value ?? noBytes).toString('utf8'));
  } catch (cause) {
    throw wireError('the meta of an action is no JSON', cause);
  }
  if (value === null) return {}; // how Go writes a map that is missing
  if (typeof value !== 'object' || Array.isArray(value)) throw wireError('the meta of an action is no JSON object');
  return value as Meta;
}

/**
 * A dry run keeps its count in the meta and becomes -1, with no direction.
 *
 * Compat: upstream's marks of a dry run, as its engine sets them before a target is called.
 */
export function actionToWire(action: Action): ScalingAction {
  const { reason, error = false } = action;
  if (action.dryRun === true) {
    const meta = { ...action.meta, [metaKeys.dryRun]: true, [metaKeys.dryRunCount]: action.count };
    return { count: -1n, reason, error, direction: directionToWire('none'), meta: metaToWire(meta) };
  }
  return {
    count: countToWire(action.count),
    reason,
    error,
    direction: directionToWire(action.direction),
    meta: metaToWire(action.meta),
  };
}

/** As it stands: -1 is no dry run here but a count that nobody can want. An absent action is one that changes nothing. */
export function actionFromWire(action: ScalingAction | undefined): Action {
  if (action === undefined) return noAction;
  return {
    direction: directionFromWire(action.direction),
    count: countFromWire(action.count),
    reason: action.reason,
    ...(action.error ? { error: true } : {}),
    meta: metaFromWire(action.meta),
  };
}

/** What a target is told: -1 is a dry run, whose count is in the meta. */
export function orderFromWire(wire: ScalingAction | undefined): Action {
  const action = actionFromWire(wire);
  if (action.count !== -1) return action;
  const wanted = action.meta[metaKeys.dryRunCount];
  return { ...action, count: typeof wanted === 'number' && Number.isSafeInteger(wanted) ? wanted : 0, dryRun: true };
}

const nanosPerMs = 1_000_000;

/** @param nanos  beyond the millisecond. */
function timeToWire(ms: number, nanos = 0): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * nanosPerMs) + nanos };
}

/** A missing time is the epoch. `nanos` are those beyond the millisecond. */
function timeFromWire(time: Timestamp | undefined): { readonly ms: number; readonly nanos: number } {
  if (time === undefined) return { ms: 0, nanos: 0 };
  const millis = Math.floor(time.nanos / nanosPerMs);
  return { ms: Number(time.seconds) * 1000 + millis, nanos: time.nanos - millis * nanosPerMs };
}

export function rangeToWire(range: TimeRange): WireRange {
  return { from: timeToWire(range.from, range.fromNanos), to: timeToWire(range.to, range.toNanos) };
}

export function rangeFromWire(range: WireRange | undefined): TimeRange {
  const from = timeFromWire(range?.from);
  const to = timeFromWire(range?.to);
  return {
    from: from.ms,
    ...(from.nanos === 0 ? {} : { fromNanos: from.nanos }),
    to: to.ms,
    ...(to.nanos === 0 ? {} : { toNanos: to.nanos }),
  };
}

export function metricToWire({ at, atNanos, value, series, partial }: Metric): TimestampedMetric {
  return { timestamp: timeToWire(at, atNanos), value, series, partial };
}

export function metricFromWire({ timestamp, value, series, partial }: TimestampedMetric): Metric {
  const { ms, nanos } = timeFromWire(timestamp);
  const metric = nanos === 0 ? { at: ms, value } : { at: ms, atNanos: nanos, value };
  if (series === undefined && partial === undefined) return metric; // nearly always
  return { ...metric, ...(series !== undefined && { series }), ...(partial !== undefined && { partial }) };
}

export function durationToWire(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * nanosPerMs) };
}

/** A missing duration is 0. */
export function durationFromWire(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / nanosPerMs;
}

export function checkToWire(input: StrategyInput): ScalingPolicyCheck {
  return {
    name: input.check,
    source: input.source,
    query: input.query,
    queryWindow: durationToWire(input.queryWindowMs),
    strategy: { name: input.strategy, config: { ...input.config } },
  };
}

/** The part of a strategy's input that travels as a check; what is missing is empty. */
export function checkFromWire(
  check: ScalingPolicyCheck | undefined,
): Pick<StrategyInput, 'check' | 'source' | 'query' | 'queryWindowMs' | 'strategy' | 'config'> {
  return {
    check: check?.name ?? '',
    source: check?.source ?? '',
    query: check?.query ?? '',
    queryWindowMs: durationFromWire(check?.queryWindow),
    strategy: check?.strategy?.name ?? '',
    config: check?.strategy?.config ?? {},
  };
}
