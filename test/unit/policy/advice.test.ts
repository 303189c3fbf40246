import assert from 'node:assert/strict';
import { test } from 'node:test';
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
