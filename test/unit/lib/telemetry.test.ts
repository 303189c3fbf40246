import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createTelemetry, noTelemetry, type TelemetryOptions } from '../../../src/lib/telemetry.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const start = Date.UTC(2026, 10, 25, 0, 7, 30);

function store(options: Partial<TelemetryOptions> = {}) {
  const clock = { at: start, now: () => clock.at };
  const telemetry = createTelemetry({
    clock,
    service: 'nomad-autoscaler',
    hostName: 'web-1.example',
    disableHostname: true,
    enableHostnameLabel: false,
    retentionMs: 0,
    ...options,
  });
  return { clock, telemetry, text: () => [...telemetry.exposition()].join('') };
}

const ids = { policy_id: 'p-1', target_name: 'nomad-target' };

test('a series shows up with its first value, not before', () => {
  const { telemetry, text } = store();
  const total = telemetry.gauge('policy.total_num');
  assert.equal(text(), '');
  total.set(0);
  assert.match(text(), /^nomad_autoscaler_policy_total_num 0$/m);
});

test('the exposition has HELP equal to the name, no _total, labels by name, and summaries of three quantiles', () => {
  const { telemetry, text } = store();
  telemetry.counter('scale.invoke.success_count', { ...ids, plugin_name: 'x' }).add(2);
  const evaluate = telemetry.sample('scale.evaluate_ms', ids);
  for (const value of [4, 1, 3, 2]) evaluate.observe(value);
  assert.equal(
    text(),
    [
      '# HELP nomad_autoscaler_scale_evaluate_ms nomad_autoscaler_scale_evaluate_ms',
      '# TYPE nomad_autoscaler_scale_evaluate_ms summary',
      'nomad_autoscaler_scale_evaluate_ms{policy_id="p-1",target_name="nomad-target",quantile="0.5"} 2',
      'nomad_autoscaler_scale_evaluate_ms{policy_id="p-1",target_name="nomad-target",quantile="0.9"} 4',
      'nomad_autoscaler_scale_evaluate_ms{policy_id="p-1",target_name="nomad-target",quantile="0.99"} 4',
      'nomad_autoscaler_scale_evaluate_ms_sum{policy_id="p-1",target_name="nomad-target"} 10',
      'nomad_autoscaler_scale_evaluate_ms_count{policy_id="p-1",target_name="nomad-target"} 4',
      '# HELP nomad_autoscaler_scale_invoke_success_count nomad_autoscaler_scale_invoke_success_count',
      '# TYPE nomad_autoscaler_scale_invoke_success_count counter',
      'nomad_autoscaler_scale_invoke_success_count{plugin_name="x",policy_id="p-1",target_name="nomad-target"} 2',
      '',
    ].join('\n'),
  );
});

test('quantiles are of the last 10 s and NaN when nothing happened in them; sum and count are of all time', () => {
  const { clock, telemetry, text } = store();
  const sample = telemetry.sample('s');
  sample.observe(100);
  clock.at += 9_000;
  for (let k = 1; k <= 9; k++) sample.observe(k);
  assert.match(text(), /^nomad_autoscaler_s\{quantile="0.99"\} 100$/m);
  clock.at += 1_000;
  assert.match(text(), /^nomad_autoscaler_s\{quantile="0.5"\} 5$/m);
  assert.match(text(), /^nomad_autoscaler_s\{quantile="0.99"\} 9$/m);
  clock.at += 9_000;
  assert.match(text(), /^nomad_autoscaler_s\{quantile="0.5"\} NaN$/m);
  assert.match(text(), /^nomad_autoscaler_s_sum 145\nnomad_autoscaler_s_count 10$/m);
});

test('a busy series keeps the newest 256 values of its window', () => {
  const { telemetry, text } = store();
  const sample = telemetry.sample('s');
  for (let k = 1; k <= 1_000; k++) sample.observe(k);
  assert.match(text(), /^nomad_autoscaler_s\{quantile="0.5"\} 872$/m);
});

test('agent #A73: the host stands in the name of a gauge unless disable_hostname is set', () => {
  const shown = store({ disableHostname: false });
  shown.telemetry.gauge('policy.total_num').set(1);
  assert.equal(shown.telemetry.document().Gauges[0]?.Name, 'nomad-autoscaler.web-1.example.policy.total_num');
  assert.match(shown.text(), /^nomad_autoscaler_web_1_example_policy_total_num 1$/m);
  const hidden = store();
  hidden.telemetry.gauge('policy.total_num').set(1);
  assert.equal(hidden.telemetry.document().Gauges[0]?.Name, 'nomad-autoscaler.policy.total_num');
});

test('agent #A74: counters and samples never carry the host in their names', () => {
  const { telemetry } = store({ disableHostname: false });
  telemetry.counter('c').add(1);
  telemetry.sample('s').observe(1);
  assert.equal(telemetry.document().Counters[0]?.Name, 'nomad-autoscaler.c');
  assert.equal(telemetry.document().Samples[0]?.Name, 'nomad-autoscaler.s');
});

test('the host label goes to every series and takes the host out of the names', () => {
  const { telemetry, text } = store({ disableHostname: false, enableHostnameLabel: true });
  telemetry.gauge('g').set(1);
  telemetry.sample('s', { a: 'b' }).observe(1);
  assert.match(text(), /^nomad_autoscaler_g\{host="web-1.example"\} 1$/m);
  assert.match(text(), /^nomad_autoscaler_s_sum\{a="b",host="web-1.example"\} 1$/m);
});

test('a host that cannot be read leaves neither prefix nor label', () => {
  const { telemetry } = store({ disableHostname: false, enableHostnameLabel: true, hostName: '' });
  telemetry.gauge('g').set(1);
  assert.deepEqual(telemetry.document().Gauges, [{ Labels: {}, Name: 'nomad-autoscaler.g', Value: 1 }]);
});

test('agent #A60: with nothing recorded the document has empty lists and its keys in alphabetical order', () => {
  const document = store().telemetry.document();
  assert.deepEqual(document, {
    Counters: [],
    Gauges: [],
    Points: [],
    PrecisionGauges: [],
    Samples: [],
    Timestamp: '2026-11-25 00:07:30 +0000 UTC',
  });
  assert.deepEqual(Object.keys(document), Object.keys(document).sort());
});

test('the document is the running interval at first, then the newest finished one', () => {
  const { clock, telemetry } = store();
  const sample = telemetry.sample('s', { policy_id: 'p', plugin_name: 'x' });
  clock.at += 2_000;
  for (const value of [1, 2, 3]) sample.observe(value);
  const first = {
    Count: 3,
    Labels: { policy_id: 'p', plugin_name: 'x' },
    Max: 3,
    Mean: 2,
    Min: 1,
    Name: 'nomad-autoscaler.s',
    Rate: 0.6,
    Stddev: 1,
    Sum: 6,
  };
  assert.deepEqual(telemetry.document().Samples, [first]);
  clock.at = start + 10_000;
  sample.observe(50);
  assert.deepEqual(telemetry.document().Samples, [first]);
  assert.equal(telemetry.document().Timestamp, '2026-11-25 00:07:30 +0000 UTC');
  clock.at = start + 20_000;
  assert.equal(telemetry.document().Samples[0]?.Sum, 50);
});

test('the document sorts by name, then by labels', () => {
  const { telemetry } = store();
  telemetry.counter('b', { policy_id: '2' }).add(1);
  telemetry.counter('b', { policy_id: '1' }).add(1);
  telemetry.counter('a').add(1);
  const names = telemetry.document().Counters.map((entry) => entry.Name + JSON.stringify(entry.Labels));
  assert.deepEqual(names, [
    'nomad-autoscaler.a{}',
    'nomad-autoscaler.b{"policy_id":"1"}',
    'nomad-autoscaler.b{"policy_id":"2"}',
  ]);
});

test('a dropped label value takes its series out for good, and the same labels begin again', () => {
  const { telemetry, text } = store();
  const old = telemetry.counter('c', { policy_id: 'p' });
  old.add(5);
  telemetry.counter('c', { policy_id: 'q' }).add(1);
  telemetry.drop('policy_id', 'p');
  old.add(1);
  assert.doesNotMatch(text(), /"p"/);
  assert.match(text(), /"q"/);
  telemetry.counter('c', { policy_id: 'p' }).add(2);
  assert.match(text(), /^nomad_autoscaler_c\{policy_id="p"\} 2$/m);
});

test('with a retention time a series without writes vanishes, and begins again at nothing', () => {
  const { clock, telemetry, text } = store({ retentionMs: 60_000 });
  const counter = telemetry.counter('c');
  counter.add(5);
  clock.at += 60_000;
  assert.match(text(), /_c 5$/m);
  clock.at += 1;
  assert.equal(text(), '');
  counter.add(2);
  assert.match(text(), /_c 2$/m);
});

test('without a retention time series stay', () => {
  const { clock, telemetry, text } = store();
  telemetry.counter('c').add(5);
  clock.at += 86_400_000;
  assert.match(text(), /_c 5$/m);
});

test('label values are escaped', () => {
  const { telemetry, text } = store();
  telemetry.counter('c', { l: 'a"b\\c\nd' }).add(1);
  assert.match(text(), /\{l="a\\"b\\\\c\\nd"\} 1$/m);
});

test('the dump has every finished interval of the last minute, as upstream prints it', () => {
  const { clock, telemetry } = store();
  const samples = telemetry.sample('s', { plugin_name: 'x', policy_id: 'p' });
  telemetry.gauge('g').set(2);
  telemetry.counter('c', { policy_id: 'p' }).add(1);
  samples.observe(1);
  clock.at += 9_736;
  samples.observe(3);
  assert.equal(telemetry.dump(), '');
  clock.at = start + 10_000;
  samples.observe(9);
  assert.equal(
    telemetry.dump(),
    [
      "[2026-11-25 00:07:30 +0000 UTC][G] 'nomad-autoscaler.g': 2.000",
      "[2026-11-25 00:07:30 +0000 UTC][C] 'nomad-autoscaler.c.p': Count: 1 Sum: 1.000 LastUpdated: 2026-11-25 00:07:30.000 +0000 UTC",
      "[2026-11-25 00:07:30 +0000 UTC][S] 'nomad-autoscaler.s.x.p': Count: 2 Min: 1.000 Mean: 2.000 Max: 3.000 Stddev: 1.414 Sum: 4.000 LastUpdated: 2026-11-25 00:07:39.736 +0000 UTC",
      '',
    ].join('\n'),
  );
  clock.at = start + 70_001;
  assert.match(telemetry.dump(), /00:07:40.*Sum: 9/);
  assert.doesNotMatch(telemetry.dump(), /00:07:30/);
});

test('minutes of use keep a minute of intervals', () => {
  const { clock, telemetry } = store();
  const counter = telemetry.counter('c');
  for (let second = 0; second < 600; second++, clock.at += 1_000) counter.add(1);
  const lines = telemetry.dump().trim().split('\n');
  assert.equal(lines.length, 6);
  for (const line of lines) assert.match(line, /Count: 10 Sum: 10\.000/);
});

test('telemetry that keeps nothing takes everything', () => {
  noTelemetry.counter('c').add(1);
  noTelemetry.gauge('g').set(1);
  noTelemetry.sample('s').observe(1);
  noTelemetry.drop('a', 'b');
});

const recording = 'golden/autoscaler/policies/telemetry-no-hostname/http-metrics-prometheus.txt';

test('the exposition has the lines of upstream', needsShared(recording), () => {
  const wanted = readFileSync(sharedPath(recording) ?? '', 'utf8')
    .split('\n')
    .filter((line) => /nomad_autoscaler_(scale|plugin|policy)/.test(line));
  const { telemetry, text } = store();
  const policy = { policy_id: 'dd5d0c5e-4509-7a43-3626-bed4ec9f1c15' };
  const target = { plugin_name: 'nomad-target' };
  const scaled = { ...policy, target_name: 'nomad-target' };
  telemetry.sample('plugin.manager.access_ms', { plugin_name: 'fixed-value', plugin_type: 'strategy' }).observe(1);
  telemetry.sample('plugin.manager.access_ms', { ...target, plugin_type: 'target' }).observe(1);
  telemetry.sample('plugin.strategy.run.invoke_ms', { ...policy, plugin_name: 'fixed-value' }).observe(1);
  telemetry.sample('plugin.target.scale.invoke_ms', { ...scaled, ...target }).observe(1);
  telemetry.sample('plugin.target.status.invoke_ms', { ...target, ...policy }).observe(1);
  for (const queue of ['cluster', 'horizontal']) telemetry.gauge(`policy.queue.${queue}`).set(0);
  telemetry.gauge('policy.total_num').set(1);
  telemetry.sample('scale.evaluate_ms', scaled).observe(1);
  telemetry.sample('scale.invoke_ms', scaled).observe(1);
  telemetry.counter('scale.invoke.success_count', { ...scaled, ...target }).add(1);
  const withoutValues = (lines: readonly string[]) => lines.map((line) => line.replace(/(?<=[}\w]) [\d.eN+a]+$/, ''));
  assert.deepEqual(withoutValues(text().trimEnd().split('\n')), withoutValues(wanted));
});
