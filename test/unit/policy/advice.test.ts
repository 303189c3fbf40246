import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config as thresholdConfig } from '../../../plugins/strategy/threshold/config.ts';
import { parseStrings } from '../../../src/schema/strings.ts';
import { decodeText, policyText } from '../../support/policy-file.ts';

const advice = (text: string) => {
  const { policies, lines } = decodeText(text);
  assert.equal(policies.length, 1, 'advice never keeps a policy from running');
  assert.deepEqual(
    policies[0]?.warnings,
    lines.map((line) => line.replace('warning: ', '')),
  );
  return lines;
};

test('"or vector(0)" in a query is pointed at: it makes missing data a 0', () => {
  for (const end of ['or vector(0)', 'or on() vector(0)', 'or vector( 0.0 )']) {
    const found = advice(policyText({ check: `query = "sum(load) ${end}"\nsource = "prometheus"` }));
    assert.equal(found.length, 1, end);
  }
  const [line] = advice(policyText({ check: 'source = "prometheus"\nquery = "sum(load)\\nor vector(0)"' }));
  assert.match(line ?? '', /^warning: web\.hcl:9:9: Missing data counts as 0; /);
  assert.deepEqual(advice(policyText({ check: 'source = "prometheus"\nquery = "a or vector(1)"' })), []);
});

test('a target value of 0 is pointed at: the metric multiplies the count', () => {
  const strategy = (target: string) => policyText({ strategy: `strategy "target-value" {\ntarget = ${target}\n}` });
  assert.match(advice(strategy('0')).join(), /^warning: web\.hcl:10:1: Target value 0; .* a metric of 3 triples it/);
  assert.equal(advice(strategy('"0.0"')).length, 1);
  assert.deepEqual(advice(strategy('0.1')), []);
});

const threshold = (bounds: string, delta: number) => `strategy "threshold" {\n${bounds}\ndelta = ${delta}\n}`;
const two = (first: string, second: string, query = 'avg(load)') =>
  policyText({ strategy: `${first}\n}\ncheck "second" {\nsource = "prometheus"\nquery = "${query}"\n${second}` });

test('thresholds on one query that overlap and lead apart are pointed at, with where', () => {
  const overlapping = two(threshold('upper_bound = 2', -1), threshold('lower_bound = 0.5', 1));
  assert.match(advice(overlapping).join(), /Overlapping thresholds; Between 0\.5 and 2 both "load" and "second" fire/);
  assert.deepEqual(advice(two(threshold('upper_bound = 2', -1), threshold('lower_bound = 2', 1))), [], 'they meet');
  assert.deepEqual(advice(two(threshold('upper_bound = 2', 1), threshold('lower_bound = 1', 1))), [], 'the same way');
  assert.deepEqual(
    advice(two(threshold('upper_bound = 2', -1), threshold('lower_bound = 1', 1), 'other')),
    [],
    'other data',
  );
});

test('a threshold that wants more points than nomad-apm gives is pointed at', () => {
  const from = (source: string, more = '') =>
    policyText({
      check: `source = "${source}"\nquery = "avg_cpu"`,
      strategy: threshold(`lower_bound = 60\n${more}`, 2),
    });
  const [line] = advice(from('nomad-apm'));
  assert.match(
    line ?? '',
    /Threshold that is never reached; It wants 5 data points within its bounds, and nomad-apm gives one/,
  );
  const unset = parseStrings(thresholdConfig, {});
  assert.equal(unset.ok && unset.value.withinBoundsTrigger, 5, 'the advice counts with the strategy’s own default');
  assert.match(advice(from('nomad-apm', 'within_bounds_trigger = 2')).join(), /It wants 2 data points/);
  assert.deepEqual(advice(from('nomad-apm', 'within_bounds_trigger = 1')), []);
  assert.deepEqual(advice(from('prometheus')), []);
});

test('a check that scales out and is silent at the top is pointed at, unless another goes on from there', () => {
  const open = threshold('lower_bound = 80\nupper_bound = 100', 1);
  assert.match(
    advice(policyText({ strategy: open })).join(),
    /No scaling out at the top; "load" acts below 100 only: 100 itself is excluded, and so is all above/,
  );
  assert.deepEqual(advice(policyText({ strategy: threshold('lower_bound = 80', 1) })), []);
  assert.deepEqual(advice(policyText({ strategy: threshold('lower_bound = 0\nupper_bound = 50', -1) })), []);
  assert.deepEqual(advice(two(open, threshold('lower_bound = 100', 2))), [], 'a staircase');
  assert.equal(advice(two(open, threshold('lower_bound = 110', 2))).length, 1, 'with a gap');
});
