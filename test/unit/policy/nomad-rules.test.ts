import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ScalingPolicy } from '../../../src/nomad/types.ts';
import { cpu, document, invalid, sound, withCheck, withPolicy } from '../../support/policy-document.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

test('policy #P19, #P32, #P39, #P68: nothing, and an empty block, are refused without a crash', () => {
  assert.match(invalid(undefined), /^ScalingPolicy is empty, /);
  assert.match(invalid(document({ Policy: null })), /web\/app: policy validation failed: empty policy, /);
  assert.match(invalid({} as ScalingPolicy), /ID is empty, Target is nil, empty policy, .*, scaling\.min is missing/);
});

/** Row, what is needed, a document without it, and what is said. */
const faults: readonly (readonly [string, string, ScalingPolicy, string])[] = [
  ['#P33', 'an ID', document({ ID: '' }), 'ID is empty'],
  ['#P34', 'a target', document({ Target: null }), 'Target is nil'],
  ['#P35', 'a minimum', document({ Min: null }), 'scaling.min is missing'],
  ['#P36', 'no negative minimum', document({ Min: -1 }), "scaling.min can't be negative"],
  [
    '#P37',
    'no negative maximum',
    document({ Max: -5 }),
    "scaling.min must be smaller than scaling.max, scaling.max can't be negative",
  ],
  ['#P38', 'min up to max', document({ Min: 2, Max: 1 }), 'scaling.min must be smaller than scaling.max'],
  [
    '#P40',
    'a source of text',
    withCheck({ source: 2 }),
    'scaling.policy.check[cpu].source must be string, found float64',
  ],
  [
    '#P41',
    'a query',
    withCheck({ query: undefined }),
    'scaling.policy.check[cpu].strategy[target-value] strategy requires a query',
  ],
  ['#P42', 'a query of text', withCheck({ query: 5 }), 'scaling.policy.check[cpu].query must be string, found float64'],
  ['#P43', 'a query that says something', withCheck({ query: '' }), "scaling.policy.check[cpu].query can't be empty"],
  [
    '#P44',
    'a window of text',
    withCheck({ query_window: 5 }),
    'scaling.policy.check[cpu].query_window must be string, found float64',
  ],
  [
    '#P45',
    'a window that is a duration',
    withCheck({ query_window: 'not quite right' }),
    'scaling.policy.check[cpu].query_window must have time.Duration format or be "instant", found "not quite right"',
  ],
  [
    '#P46',
    'a trigger for an instant',
    withCheck({ query_window: 'instant', strategy: [{ threshold: [{}] }] }),
    'scaling.policy.check[cpu].strategy[threshold].within_bounds_trigger must be set to 1 when scaling.policy.check[cpu].query_window = "instant"',
  ],
  [
    '#P47',
    'a trigger of 1 for an instant',
    withCheck({ query_window: 'instant', strategy: [{ threshold: [{ within_bounds_trigger: 3 }] }] }),
    'scaling.policy.check[cpu].strategy[threshold].within_bounds_trigger must be set to 1 when scaling.policy.check[cpu].query_window = "instant"',
  ],
  ['#P48', 'a strategy', withCheck({ strategy: undefined }), "empty checks, this policy won't execute"],
  [
    '#P50',
    'a name for the strategy',
    withCheck({ strategy: [{ '': [{}] }] }),
    'block scaling.policy.check[cpu].strategy must have a label',
  ],
  [
    '#P51',
    'a block for the strategy',
    withCheck({ strategy: true }),
    'scaling.policy.check[cpu].strategy must be []interface{}, found bool',
  ],
  [
    '#P52',
    'one strategy',
    withCheck({ strategy: [{ a: [{}] }, { b: [{}] }] }),
    'expected 1 scaling.policy.check[cpu].strategy block, found 2',
  ],
  [
    '#P53',
    'an interval of text',
    withPolicy({ evaluation_interval: 5 }),
    'scaling.policy.evaluation_interval must be string, found float64',
  ],
  [
    '#P53',
    'an interval that is a duration',
    withPolicy({ evaluation_interval: 'invalid' }),
    'scaling.policy.evaluation_interval must have time.Duration format, found "invalid"',
  ],
  [
    '#P54',
    'a name for the target',
    withPolicy({ target: [{ '': [{}] }] }),
    'block scaling.policy.target must have a label',
  ],
  [
    '#P55',
    'a block for the target',
    withPolicy({ target: 'x' }),
    'scaling.policy.target must be []interface{}, found string',
  ],
  [
    '#P56',
    'one target',
    withPolicy({ target: [{ a: [{}], b: [{}] }] }),
    'expected 1 scaling.policy.target block, found 2',
  ],
  ['#P57', 'a cooldown of text', withPolicy({ cooldown: 5 }), 'scaling.policy.cooldown must be string, found float64'],
  [
    '#P57',
    'a cooldown that is a duration',
    withPolicy({ cooldown: 'invalid' }),
    'scaling.policy.cooldown must have time.Duration format, found "invalid"',
  ],
  [
    '#P58',
    'a cooldown on scale up that is a duration',
    withPolicy({ cooldown_on_scale_up: 'invalid' }),
    'scaling.policy.cooldown_on_scale_up must have time.Duration format, found "invalid"',
  ],
  ['#P60', 'a start', withPolicy({ schedule: [{ end: '0 9 * * *' }] }), 'scaling.policy.schedule: start is required'],
  [
    '#P61',
    'an end',
    withPolicy({ schedule: [{ start: '0 9 * * *' }] }),
    'scaling.policy.schedule: must define exactly one of end or duration',
  ],
  [
    '#P61',
    'only one end',
    withPolicy({ schedule: [{ start: '0 9 * * *', end: '0 9 * * *', duration: '1h' }] }),
    'scaling.policy.schedule: must define exactly one of end or duration',
  ],
  [
    '#P62',
    'five fields',
    withCheck({ schedule: [{ start: '0 9 * *', duration: '1h' }] }),
    'scaling.policy.check[cpu].schedule: start: must use strict 5-field cron format',
  ],
  [
    '#P64',
    'a block, not a bool',
    withPolicy({ check: [{ cpu: true }] }),
    'scaling.policy.check[cpu] must be []interface{}, found bool',
  ],
  [
    '#P64',
    'a block, not an empty list',
    withPolicy({ check: [{ cpu: [] }] }),
    'scaling.policy.check[cpu] must have length 1, found 0',
  ],
  [
    '#P64',
    'a block, not two',
    withPolicy({ check: [{ cpu: [cpu, cpu] }] }),
    'scaling.policy.check[cpu] must have length 1, found 2',
  ],
  [
    '#P64',
    'a block, not a number',
    withPolicy({ check: [{ cpu: [1] }] }),
    'scaling.policy.check[cpu][0] must be map[string]interface{}, found float64',
  ],
  [
    '#P64',
    'blocks in a list',
    withPolicy({ check: [1] }),
    'scaling.policy.check[0] must be map[string]interface{}, found: float64',
  ],
  ['#P65', 'a type that there is', document({ Type: 'vertical_cpu' }), 'policy type "vertical_cpu" not supported'],
  [
    '#P168',
    'no interval below zero',
    withPolicy({ evaluation_interval: '-5s' }),
    "evaluation_interval can't be negative; It is -5s",
  ],
  [
    '#P168',
    'no range that runs backwards',
    withPolicy({ schedule: [{ start: '0 0 1 11-2 *', duration: '1h' }] }),
    'scaling.policy.schedule: start: invalid cron expression: month field: range 11-2 runs backwards',
  ],
];

for (const [row, needs, one, message] of faults) {
  test(`policy ${row}: a policy of a job needs ${needs}`, () => {
    const said = invalid(one);
    assert.ok(said.includes(message), said);
    if (!message.includes('empty checks')) assert.ok(/policy validation failed: |web\/app: /.test(said));
  });
}

test('a window offset that is no duration is refused, not taken for none', () => {
  assert.match(
    invalid(withCheck({ query_window_offset: 'x' })),
    /query_window_offset must have time\.Duration format, found "x"/,
  );
});

test('policy #P49: a fixed value needs neither query nor source', () => {
  const policy = sound(withCheck({ query: undefined, strategy: [{ 'fixed-value': [{ value: 2 }] }] }));
  assert.deepEqual([policy.checks[0]?.query, policy.checks[0]?.source], ['', 'nomad-apm']);
});

test('policy #P63: a block given as an object is good, and what is in it is judged', () => {
  assert.equal(sound(withPolicy({ check: [{ cpu }] })).checks.length, 1);
  assert.match(invalid(withPolicy({ check: [{ cpu: { ...cpu, query: 5 } }] })), /query must be string/);
});

test('an empty object in a list of blocks is well formed, and fails for what is missing then', () => {
  assert.match(invalid(withPolicy({ check: [{}] })), /^web\/app: empty checks, /);
  assert.match(invalid(withCheck({ strategy: [{}] })), /^web\/app: invalid check cpu: missing strategy value/);
  assert.equal(sound(withPolicy({ target: [{}] })).target.name, 'nomad-target');
});

const recording = 'golden/autoscaler/policies/job-broken';

test(
  'the recorded broken policies of jobs are refused for the reasons that upstream had',
  needsShared(recording),
  () => {
    const root = sharedPath(recording);
    assert.ok(root);
    const read = (name: string) => readFileSync(`${root}/${name}`, 'utf8');
    const documents: readonly ScalingPolicy[] = JSON.parse(read('nomad-scaling-policies.json'));
    let refused = 0;
    for (const [id, reasons] of recordedReasons(read('agent.log'))) {
      const one = documents.find(({ ID }) => ID === id);
      assert.ok(one, id);
      const said = invalid(one);
      refused++;
      for (const reason of reasons) assert.ok(said.includes(reason), `${reason} is not in ${said}`);
    }
    assert.equal(refused, 20);
  },
);

/** By policy: what upstream listed as wrong with it. */
function recordedReasons(log: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let reasons: string[] = [];
  for (const line of log.split('\n')) {
    const [, id] =
      /(?:getting the latest version for policy|old one will keep running): policyID=(\S+)/.exec(line) ?? [];
    if (id !== undefined) {
      reasons = [];
      found.set(id, reasons);
    }
    const [, listed] = /^ {2}\| \\t\* (.*)$/.exec(line) ?? [];
    const [, direct] = /validation_error="(.*)"$/.exec(line) ?? [];
    if (listed !== undefined) reasons.push(listed);
    if (direct !== undefined) reasons.push(direct);
  }
  return found;
}
