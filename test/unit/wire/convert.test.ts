import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../../../src/model/action.ts';
import {
  actionFromWire,
  actionToWire,
  checkFromWire,
  checkToWire,
  countFromWire,
  countToWire,
  directionFromWire,
  directionToWire,
  durationFromWire,
  durationToWire,
  metaFromWire,
  metaToWire,
  metricFromWire,
  metricToWire,
  orderFromWire,
  rangeFromWire,
  rangeToWire,
} from '../../../src/wire/convert.ts';
import {
  ScalingAction,
  ScalingPolicyCheck,
  TimeRange,
  TimestampedMetric,
} from '../../../src/wire/generated/plugins/shared.ts';
import { statusFromWire, statusToWire } from '../../../src/wire/status.ts';

const action: Action = { direction: 'up', count: 3, reason: 'load', meta: {} };

/** Through bytes and back. */
const travel = (sent: Action) =>
  actionFromWire(ScalingAction.decode(ScalingAction.encode(actionToWire(sent)).finish()));

test('plugins #1: directions have numbers', () => {
  assert.deepEqual((['up', 'down', 'none'] as const).map(directionToWire), [3, 2, 1]);
  assert.deepEqual([3, 2, 1].map(directionFromWire), ['up', 'down', 'none']);
});

test('plugins #2: a number is no direction', () => {
  const thirteen = { direction: 13 } as unknown as Action;
  assert.throws(() => actionToWire({ ...action, ...thirteen }), { message: 'scale direction is unknown: "none"' });
});

test('plugins #3: a recommendation does not travel', () => {
  assert.throws(() => actionToWire({ ...action, direction: 'recommendation' }), {
    message: 'scale direction is unknown: "recommendation"',
  });
  // What a plugin without types may say.
  assert.throws(() => directionToWire('sideways' as 'up'), { message: 'scale direction is unknown: "sideways"' });
});

test('plugins #4: direction 0 is no direction', () => {
  assert.throws(() => directionFromWire(0), { message: 'scale direction is unknown: "SCALING_DIRECTION_UNSPECIFIED"' });
  assert.throws(() => directionFromWire(9), { message: 'scale direction is unknown: "9"' });
});

test('plugins #5, #7: meta travels as JSON, without a type', () => {
  assert.deepEqual(metaToWire({ foo: 'bar' }), { typeUrl: '', value: Buffer.from('{"foo":"bar"}') });
  assert.deepEqual([...metaToWire({}).value], [0x7b, 0x7d]);
});

test('plugins #6: nested meta comes back as it was', () => {
  const meta = { list: ['a', { b: [1, null] }], map: { 'ü<>&': true }, n: -1.5 };
  assert.deepEqual(travel({ ...action, meta }).meta, meta);
});

test('meta is read whatever its type is called, and must be a JSON object', () => {
  const any = (text: string) => ({ typeUrl: 'example/x', value: Buffer.from(text) });
  assert.deepEqual(metaFromWire(any(' {"a": "\\u003c"} ')), { a: '<' });
  assert.deepEqual(metaFromWire(any('null')), {});
  for (const bad of ['', '{', '[]', '1', '"x"'])
    assert.throws(() => metaFromWire(any(bad)), { code: 'plugin_wire_invalid' });
});

test('plugins #9: an action that is absent changes nothing', () => {
  assert.deepEqual(orderFromWire(undefined), { direction: 'none', count: 0, reason: '', meta: {} });
});

test('plugins #10: an action that is present and empty is an error', () => {
  assert.throws(() => orderFromWire(ScalingAction.decode(new Uint8Array())), {
    message: 'scale direction is unknown: "SCALING_DIRECTION_UNSPECIFIED"',
  });
});

test('plugins #8, #11: missing meta is left out, and reads as none', () => {
  const wire = { count: 1n, reason: '', error: false, direction: 3, meta: undefined } as const;
  assert.equal(Buffer.from(ScalingAction.encode(wire).finish()).toString('hex'), '08012003');
  assert.deepEqual(orderFromWire(wire).meta, {});
});

test('plugins #12: error and reason come back', () => {
  const sent = { ...action, error: true, reason: 'it broke' };
  assert.deepEqual(travel(sent), sent);
  assert.deepEqual(travel(action), action);
});

test('plugins #13: a range keeps its nanoseconds, and its end comes first', () => {
  const range = { from: 1_600_000_000_123, fromNanos: 456_789, to: 1_600_000_060_999, toNanos: 999_999 };
  const bytes = TimeRange.encode(rangeToWire(range)).finish();
  assert.deepEqual(rangeFromWire(TimeRange.decode(bytes)), range);
  assert.equal(bytes[0], 0x0a);
  assert.equal(TimeRange.decode(bytes.subarray(0, 2 + (bytes[1] ?? 0))).from, undefined);
});

test('plugins #14: a range without times asks for the epoch', () => {
  assert.deepEqual(rangeFromWire(TimeRange.decode(new Uint8Array())), { from: 0, to: 0 });
  assert.deepEqual(rangeFromWire(undefined), { from: 0, to: 0 });
});

test('times before the epoch count their nanoseconds upwards', () => {
  const metric = { at: -1500, atNanos: 7, value: 1 };
  const wire = metricToWire(metric);
  assert.deepEqual(wire.timestamp, { seconds: -2n, nanos: 500_000_007 });
  assert.deepEqual(metricFromWire(wire), metric);
  const marked = { ...metric, series: 'a="1"', partial: 'a store is away' };
  const bytes = TimestampedMetric.encode(metricToWire(marked)).finish();
  assert.deepEqual(metricFromWire(TimestampedMetric.decode(bytes)), marked);
});

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1 / 3]) {
  test(`the value ${value} travels`, () => {
    const wire = TimestampedMetric.decode(TimestampedMetric.encode(metricToWire({ at: 1, value })).finish());
    assert.deepEqual(metricFromWire(wire), { at: 1, value });
  });
}

test('plugins #15: a check keeps window and settings', () => {
  const input = {
    check: 'c',
    source: 's',
    query: 'q',
    queryWindowMs: 5000,
    strategy: 'target-value',
    config: { target: '70' },
  };
  const bytes = ScalingPolicyCheck.encode(checkToWire({ ...input, count: 1, metrics: [], meta: {} })).finish();
  assert.deepEqual(checkFromWire(ScalingPolicyCheck.decode(bytes)), input);
});

test('a check that is absent is empty', () => {
  const empty = { check: '', source: '', query: '', queryWindowMs: 0, strategy: '', config: {} };
  assert.deepEqual(checkFromWire(undefined), empty);
});

test('durations keep their nanoseconds and their sign', () => {
  assert.deepEqual(durationToWire(90_000.5), { seconds: 90n, nanos: 500_000 });
  assert.deepEqual(durationToWire(-1500), { seconds: -1n, nanos: -500_000_000 });
  for (const ms of [0, 5000, 90_000.5, -1500]) assert.equal(durationFromWire(durationToWire(ms)), ms);
});

test('counts are whole numbers that a double holds', () => {
  assert.equal(countFromWire(countToWire(2 ** 53 - 1)), 2 ** 53 - 1);
  for (const bad of [2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 1.5]) {
    assert.throws(() => countToWire(bad), { code: 'plugin_wire_invalid' });
  }
  for (const bad of [2n ** 53n, -(2n ** 63n)]) assert.throws(() => countFromWire(bad), { code: 'plugin_wire_invalid' });
});

for (const meta of [{}, { nomad_policy_id: 'p' }]) {
  test(`plugins #34: a dry run on 3, meta ${JSON.stringify(meta)}`, () => {
    const wire = actionToWire({ ...action, meta, dryRun: true });
    assert.deepEqual([wire.count, wire.direction], [-1n, 1]);
    const marks = { 'nomad_autoscaler.dry_run': true, 'nomad_autoscaler.dry_run.count': 3 };
    assert.deepEqual(metaFromWire(wire.meta), { ...meta, ...marks });
    const { count, dryRun, direction } = orderFromWire(wire);
    assert.deepEqual([count, dryRun, direction], [3, true, 'none']);
  });
}

test('-1 without a count in its meta is a dry run on 0 for a target, and stays -1 from a strategy', () => {
  const wire = { count: -1n, reason: '', error: false, direction: 1, meta: undefined } as const;
  assert.deepEqual([orderFromWire(wire).count, orderFromWire(wire).dryRun], [0, true]);
  assert.deepEqual([actionFromWire(wire).count, actionFromWire(wire).dryRun], [-1, undefined]);
});

test('a status keeps what the model has names for', () => {
  const status = {
    ready: true,
    count: 3,
    desired: 5,
    lastEventAt: 1_600_000_000_123,
    blockedBy: 'deployment',
    problem: 'no node joined',
    meta: { a: 'b' },
  };
  const wire = statusToWire(status);
  assert.deepEqual(wire.meta, {
    a: 'b',
    'nomad_autoscaler.last_event': '1600000000123000000',
    'nomad_autoscaler.desired_count': '5',
    'nomad_autoscaler.blocked_by': 'deployment',
    'nomad_autoscaler.problem': 'no node joined',
  });
  assert.deepEqual(statusFromWire(wire), status);
});

test('facts of a status that cannot be read stay in its meta', () => {
  const meta = { 'nomad_autoscaler.last_event': 'yesterday', 'nomad_autoscaler.desired_count': '1.5' };
  assert.deepEqual(statusFromWire({ ready: false, count: 0n, meta }), { ready: false, count: 0, meta });
  const zero = statusFromWire({ ready: true, count: 1n, meta: { 'nomad_autoscaler.last_event': '0' } });
  assert.deepEqual(zero, { ready: true, count: 1, meta: {} });
});
