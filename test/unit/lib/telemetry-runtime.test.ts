import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { createTelemetry } from '../../../src/lib/telemetry.ts';
import { processCollectors, watchRuntime } from '../../../src/lib/telemetry-runtime.ts';

test('the runtime gauges are set at once and each second until it is stopped', async () => {
  const clock = virtualClock();
  const telemetry = createTelemetry({
    clock,
    service: 'nomad-autoscaler',
    hostName: '',
    disableHostname: true,
    enableHostnameLabel: false,
    retentionMs: 0,
  });
  let rss = 1;
  const stop = watchRuntime(telemetry, clock, () => ({ heapUsed: 7, rss: rss++ }));
  const text = () => [...telemetry.exposition()].join('');
  assert.match(text(), /^nomad_autoscaler_runtime_alloc_bytes 7$/m);
  assert.match(text(), /^nomad_autoscaler_runtime_sys_bytes 1$/m);
  await clock.advance(2_500);
  assert.match(text(), /^nomad_autoscaler_runtime_sys_bytes 3$/m);
  stop();
  await clock.advance(5_000);
  assert.match(text(), /^nomad_autoscaler_runtime_sys_bytes 3$/m);
  assert.equal(clock.pending, 0);
});

test('the standard collectors tell of process and runtime', async () => {
  const read = processCollectors();
  const text = await read();
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  assert.equal((await read()).match(/^# TYPE process_start_time_seconds/gm)?.length, 1);
});
