/** Upstream's own agent scales a job of the embedded Nomad with its own plugins. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startNomad } from '../support/embedded-nomad.ts';
import { buildUpstreamAgent } from '../support/go-programs.ts';
import { endWithUs } from '../support/proc.ts';
import { eventually, freePort, temporaryFolder } from '../support/program.ts';

const upstream = buildUpstreamAgent();

/** A node's core has 2000 MHz: one instance at 80 percent, of which 40 are wanted. */
const load = { source: 'nomad-apm', query: 'avg_cpu', strategy: [{ 'target-value': [{ target: 40 }] }] };
const policy = { cooldown: '1s', evaluation_interval: '1s', check: [{ cpu: [{ ...load }] }] };
const group = {
  ...{ Name: 'app', Count: 1, Update: { MaxParallel: 0 } },
  Tasks: [{ Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } }],
  Scaling: { Min: 1, Max: 7, Enabled: true, Type: 'horizontal', Policy: policy },
};

test('nomad-api #99: the count that its policy asks for is set with a reason, and the new instance runs', {
  skip: upstream.leftOut,
}, async (t) => {
  const nomad = await startNomad();
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${nomad.address}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    return await answer.json();
  };
  nomad.setLoad('web', 1600);
  await call('PUT', '/v1/jobs', { Job: { ID: 'web', Type: 'service', TaskGroups: [group] } });
  const folder = temporaryFolder(t);
  for (const name of ['plugins', 'policies']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'agent.hcl'), 'log_level = "WARN"\n');
  const paths = [`-config=${folder}/agent.hcl`, `-plugin-dir=${folder}/plugins`, `-policy-dir=${folder}/policies`];
  const ways = [`-nomad-address=${nomad.address}`, `-http-bind-port=${await freePort()}`];
  const agent = spawn(upstream.path, ['agent', ...paths, ...ways], { stdio: ['ignore', 'inherit', 'inherit'] });
  endWithUs(agent);
  t.after(async () => {
    agent.kill('SIGKILL');
    await nomad.close();
  });
  const scaled = await eventually('two instances run', async () => {
    const status = (await call('GET', '/v1/job/web/scale')).TaskGroups.app;
    return status.Running === 2 ? status : undefined;
  });
  assert.equal(scaled.Desired, 2);
  const [event] = scaled.Events;
  assert.deepEqual([event.PreviousCount, event.Count, event.Error], [1, 2, false]);
  assert.match(event.Message, /^scaling up because factor is 2\.0/);
  const [{ ID }] = await call('GET', '/v1/scaling/policies');
  assert.equal(event.Meta['nomad_policy_id'], ID);
});
