/** Upstream's own agent scales a job of the embedded Nomad with its own plugins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAnyAgent } from '../support/any-agent.ts';
import { startNomad } from '../support/embedded-nomad.ts';
import { buildUpstreamAgent } from '../support/go-programs.ts';
import { eventually } from '../support/program.ts';

const { path, leftOut } = buildUpstreamAgent();

/** A node's core has 2000 MHz: one instance at 80 percent, of which 40 are wanted. */
const load = { source: 'nomad-apm', query: 'avg_cpu', strategy: [{ 'target-value': [{ target: 40 }] }] };
const policy = { cooldown: '1s', evaluation_interval: '1s', check: [{ cpu: [{ ...load }] }] };
const group = {
  ...{ Name: 'app', Count: 1, Update: { MaxParallel: 0 } },
  Tasks: [{ Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } }],
  Scaling: { Min: 1, Max: 7, Enabled: true, Type: 'horizontal', Policy: policy },
};

test('nomad-api #99: the count that its policy asks for is set with a reason, and the new instance runs', {
  skip: leftOut,
}, async (t) => {
  const nomad = await startNomad();
  nomad.setLoad('web', 1600);
  await nomad.call('PUT', '/v1/jobs', { Job: { ID: 'web', Type: 'service', TaskGroups: [group] } });
  await startAnyAgent(t, { path, args: [] }, nomad.address, { config: 'log_level = "WARN"\n' }, 'inherit');
  t.after(() => nomad.close()); // once the agent has ended
  const scaled = await eventually('two instances run', async () => {
    const status = (await nomad.call('GET', '/v1/job/web/scale')).TaskGroups.app;
    return status.Running === 2 ? status : undefined;
  });
  assert.equal(scaled.Desired, 2);
  const [event] = scaled.Events;
  assert.deepEqual([event.PreviousCount, event.Count, event.Error], [1, 2, false]);
  assert.match(event.Message, /^scaling up because factor is 2\.0/);
  const [{ ID }] = await nomad.call('GET', '/v1/scaling/policies');
  assert.equal(event.Meta['nomad_policy_id'], ID);
});
