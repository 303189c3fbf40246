import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PluginUse } from '../../../src/model/policy.ts';
import { completePolicy, type PolicySettings } from '../../../src/policy/complete.ts';
import type { CheckDraft, Draft } from '../../../src/policy/draft.ts';
import { settings } from '../../support/policy-file.ts';

const check: CheckDraft = {
  name: 'load',
  source: 'prometheus',
  query: 'avg(load)',
  queryWindowMs: 0,
  queryInstant: false,
  queryWindowOffsetMs: 0,
  group: '',
  onError: '',
  schedule: undefined,
  strategy: { name: 'target-value', config: { target: '70' } },
};

const draft: Draft = {
  name: 'web',
  type: 'horizontal',
  min: 1,
  max: 4,
  cooldownMs: 0,
  cooldownOnScaleUpMs: 0,
  evaluationIntervalMs: 0,
  onCheckError: '',
  schedule: undefined,
  checks: [check],
  target: { name: 'nomad-target', config: { Job: 'web', Group: 'app' } },
};

const origin = { id: 'an-id', source: 'file', origin: 'web.hcl:1:1' } as const;

function complete(changes: Partial<Draft> = {}, own: PolicySettings = settings) {
  const completed = completePolicy({ ...draft, ...changes }, origin, own);
  assert.ok(completed.ok, JSON.stringify(completed));
  return completed.policy;
}

function complaints(changes: Partial<Draft>): readonly string[] {
  const completed = completePolicy({ ...draft, ...changes }, origin, settings);
  return completed.ok ? [] : completed.remarks.map(({ message }) => message);
}

const withCheck = (changes: Partial<CheckDraft>): Partial<Draft> => ({ checks: [{ ...check, ...changes }] });
const nodePool = { name: 'os-nova', config: { node_class: 'web' } };

/** Minutes of cooldown and of cooldown on scale up, seconds of the interval. */
function times(changes: Partial<Draft>, defaultCooldownMs: number, defaultEvaluationIntervalMs: number) {
  const policy = complete(changes, { ...settings, defaultCooldownMs, defaultEvaluationIntervalMs });
  return [policy.cooldownMs / 1000, policy.cooldownOnScaleUpMs / 1000, policy.evaluationIntervalMs / 1000];
}

test('policy #P75, #P76, #P77, #P78, #P79, #P80: what is 0 takes its default, the one on scale up that of the cooldown', () => {
  assert.deepEqual(times({ cooldownMs: 20_000 }, 10_000, 5000), [20, 20, 5]);
  assert.deepEqual(times({ evaluationIntervalMs: 15_000 }, 11_000, 5000), [11, 11, 15]);
  assert.deepEqual(times({}, 10_000, 5000), [10, 10, 5]);
  assert.deepEqual(times({ cooldownMs: 600_000, evaluationIntervalMs: 300_000 }, 1000, 1000), [600, 600, 300]);
  assert.deepEqual(times({ cooldownOnScaleUpMs: 600_000, evaluationIntervalMs: 300_000 }, 5000, 1000), [5, 600, 300]);
  assert.deepEqual(times({ cooldownMs: 5000, cooldownOnScaleUpMs: 600_000 }, 1000, 1000), [5, 600, 1]);
});

test('one nanosecond of cooldown is no cooldown, and not the default', () => {
  assert.equal(complete({ cooldownMs: 1e-6 }).cooldownMs, 1e-6);
});

test('the deadline of a status call is three quarters of the interval, in the target settings', () => {
  const texts: readonly (readonly [number, string])[] = [
    [1000, '750ms'],
    [5000, '3.75s'],
    [10_000, '7.5s'],
    [60_000, '45s'],
  ];
  for (const [evaluationIntervalMs, want] of texts) {
    const { config } = complete({ evaluationIntervalMs }).target;
    assert.deepEqual(config, { Job: 'web', Group: 'app', _nomad_autoscaler_grpc_timeout: want });
  }
});

test("policy #P84: only the labels of the agent's Nomad APMs have short queries", () => {
  const query = (source: string, nomadApms: readonly string[]) =>
    complete(withCheck({ source, query: 'avg_cpu' }), { ...settings, nomadApms: new Set(nomadApms) }).checks[0]?.query;
  const long = 'taskgroup_avg_cpu/app/web@default';
  assert.equal(query('nomad-apm', []), 'avg_cpu');
  assert.equal(query('', ['nomad-apm']), long);
  assert.equal(query('here', ['here', 'there']), long);
  assert.equal(query('nomad-apm', ['here', 'there']), 'avg_cpu');
  assert.equal(query('nomad', ['nomad-apm']), 'avg_cpu');
});

test('policy #P85: bounds are judged one by one', () => {
  assert.deepEqual(complaints({}), []);
  assert.deepEqual(complaints({ min: 4, max: 4 }), []);
  assert.deepEqual(complaints({ min: -1 }), ["policy Min can't be negative"]);
  assert.deepEqual(complaints({ min: 100, max: 10 }), ['policy Min must not be greater Max']);
  assert.deepEqual(complaints({ max: -10 }), ["policy Max can't be negative", 'policy Min must not be greater Max']);
});

test('policy #P85: an empty ID is refused', () => {
  const completed = completePolicy(draft, { ...origin, id: '' }, settings);
  assert.deepEqual(completed.ok ? [] : completed.remarks.map(({ message }) => message), ['policy ID is empty']);
});

test('policy #P86, #P87, #P88: a node pool asks the Nomad APM in short form only', () => {
  const short = 'check "load": query must be in short format (<operation>_<metric>) for Nomad APM node pool targets';
  const judged = (query: string, source: string, target: PluginUse = nodePool) =>
    complaints({ ...withCheck({ query, source }), target });
  assert.deepEqual(judged('percentage-allocated_cpu', 'nomad-apm'), []);
  for (const query of ['node_percentage-allocated_cpu/node_class=web', 'cpu', '']) {
    assert.deepEqual(judged(query, 'nomad-apm'), [short], query);
    assert.deepEqual(judged(query, ''), [short], query);
    assert.deepEqual(judged(query, 'prometheus'), [], query);
    assert.deepEqual(judged(query, 'nomad-apm', { name: 'nomad-target', config: { Job: 'a', Group: 'b' } }), [], query);
  }
});

test('policy #P175: a node pool takes the long form of version 0.5.0', () => {
  const query = 'node_percentage-allocated_cpu/nom-pool/class';
  const policy = complete({ ...withCheck({ query, source: '' }), target: nodePool });
  assert.equal(policy.checks[0]?.query, 'node_percentage-allocated_cpu/node_class=nom-pool');
});

test('a check with a fixed value asks nothing, so its query may be anything', () => {
  const strategy = { name: 'fixed-value', config: { value: '3' } };
  assert.deepEqual(complaints({ ...withCheck({ source: '', query: '', strategy }), target: nodePool }), []);
});

test('policy #P89, #P90: one point can only trigger a threshold of one', () => {
  const judged = (queryInstant: boolean, name: string, trigger?: string) => {
    const config = trigger === undefined ? {} : { within_bounds_trigger: trigger };
    return complaints(withCheck({ queryInstant, strategy: { name, config } }));
  };
  const message = 'check "load": "within_bounds_trigger" must be set to 1 when query_window = "instant"';
  assert.deepEqual(judged(true, 'threshold', '1'), []);
  assert.deepEqual(judged(true, 'threshold'), [message]);
  for (const trigger of ['5', '', '1.0', '11'])
    assert.deepEqual(judged(true, 'threshold', trigger), [message], trigger);
  assert.deepEqual(judged(true, 'target-value'), []);
  assert.deepEqual(judged(false, 'threshold'), []);
});

test('policy #P91: types and error words are checked', () => {
  assert.deepEqual(complaints({ type: '' }), ['policy has not type defined']);
  assert.deepEqual(complaints({ type: 'vertical_cpu' }), ['policy type "vertical_cpu" not supported']);
  assert.deepEqual(complaints({ onCheckError: 'error' }), [
    'invalid value for on_check_error: only fail and ignore are allowed',
  ]);
  assert.deepEqual(complaints(withCheck({ onError: 'x' })), [
    'invalid value for on_error in check load: only fail and ignore are allowed',
  ]);
  for (const word of ['', 'ignore', 'fail'])
    assert.deepEqual(complaints({ onCheckError: word, ...withCheck({ onError: word }) }), []);
});

test('policy #P92: strategies of Dynamic Application Sizing are refused', () => {
  assert.deepEqual(complaints(withCheck({ strategy: { name: 'app-sizing-max', config: {} } })), [
    'invalid strategy in check load: plugin app-sizing-max can only be used with Dynamic Application Sizing',
  ]);
});

test('policy #P93: a policy needs a check, and a check a strategy', () => {
  const missing = ['invalid check load: missing strategy value'];
  assert.deepEqual(complaints(withCheck({ strategy: undefined, onError: 'x' })), missing);
  assert.deepEqual(complaints(withCheck({ strategy: { name: '', config: {} } })), missing);
  assert.deepEqual(complaints({ checks: [] }), [
    "empty checks, this policy won't execute any verification or scaling and should have enabled set to false",
  ]);
});

test('times below zero and intervals below the floor are refused, so that no timer runs wild', () => {
  assert.deepEqual(complaints({ cooldownMs: -1, cooldownOnScaleUpMs: -1, evaluationIntervalMs: -1 }), [
    "cooldown can't be negative",
    "cooldown_on_scale_up can't be negative",
    "evaluation_interval can't be negative",
  ]);
  assert.deepEqual(complaints({ evaluationIntervalMs: 9 }), ['evaluation_interval is too short']);
  assert.deepEqual(complaints({ evaluationIntervalMs: 10 }), []);
  assert.deepEqual(complaints(withCheck({ queryWindowMs: -1, queryWindowOffsetMs: -1 })), [
    "query_window can't be negative",
    "query_window_offset can't be negative",
  ]);
});

test('schedules are named by where they stand', () => {
  const schedule = { start: '0 9 * * *', end: undefined, duration: undefined };
  assert.deepEqual(complaints({ schedule, ...withCheck({ schedule }) }), [
    'policy.schedule: must define exactly one of end or duration',
    'check load.schedule: must define exactly one of end or duration',
  ]);
});

test('every remark of a draft comes at once', () => {
  const { length } = complaints({
    min: -1,
    type: 'x',
    onCheckError: 'y',
    ...withCheck({ onError: 'z', strategy: undefined }),
  });
  assert.equal(length, 4);
});
