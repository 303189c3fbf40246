import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTelemetry } from '../../../src/lib/telemetry.ts';
import { dogstatsdPush, statsdPush } from '../../../src/lib/telemetry-push.ts';

function pushed(more: { readonly enableHostnameLabel?: boolean; readonly tags?: readonly string[] } = {}) {
  const statsd: string[] = [];
  const dogstatsd: string[] = [];
  const telemetry = createTelemetry({
    ...{ clock: { now: () => 0 }, service: 'nomad-autoscaler', hostName: 'HOST' },
    ...{ disableHostname: false, enableHostnameLabel: more.enableHostnameLabel ?? false, retentionMs: 0 },
    pushes: [statsdPush((line) => statsd.push(line)), dogstatsdPush((line) => dogstatsd.push(line), more.tags ?? [])],
  });
  return { telemetry, statsd, dogstatsd };
}

test('each value is a line at once: the host in gauges, the values of labels behind the key', () => {
  const { telemetry, statsd } = pushed();
  telemetry.gauge('policy.total_num').set(3);
  telemetry.counter('policy.source.error_count', { policy_source: 'file' }).add(2);
  telemetry.sample('scale.invoke_ms', { policy_id: 'a b', target_name: 'x:y' }).observe(1.5);
  assert.deepEqual(statsd, [
    'nomad-autoscaler.HOST.policy.total_num:3.000000|g\n',
    'nomad-autoscaler.policy.source.error_count.file:2.000000|c\n',
    'nomad-autoscaler.scale.invoke_ms.a_b.x_y:1.500000|ms\n',
  ]);
});

test('DogStatsD gets labels as tags, whole counts, and no host in names', () => {
  const { telemetry, dogstatsd } = pushed({ tags: ['env:prod'] });
  telemetry.gauge('policy.total_num').set(0.25);
  telemetry.counter('policy.source.error_count', { policy_source: '' }).add(2.9);
  telemetry.sample('scale.invoke_ms', { policy_id: 'a,b|c#d', target_name: 'x' }).observe(1.5);
  assert.deepEqual(dogstatsd, [
    'nomad-autoscaler.policy.total_num:0.25|g|#env:prod\n',
    'nomad-autoscaler.policy.source.error_count:2|c|#env:prod,policy_source\n',
    'nomad-autoscaler.scale.invoke_ms:1.500000|ms|#env:prod,policy_id:a_b_c_d,target_name:x\n',
  ]);
});

test('without labels and tags a line has no list of tags; a host label is the last', () => {
  const plain = pushed();
  plain.telemetry.counter('x').add(1);
  assert.deepEqual(plain.dogstatsd, ['nomad-autoscaler.x:1|c\n']);
  const labelled = pushed({ enableHostnameLabel: true });
  labelled.telemetry.gauge('x', { a: 'b' }).set(1);
  assert.deepEqual(labelled.statsd, ['nomad-autoscaler.x.b.HOST:1.000000|g\n']);
  assert.deepEqual(labelled.dogstatsd, ['nomad-autoscaler.x:1|g|#a:b,host:HOST\n']);
});
