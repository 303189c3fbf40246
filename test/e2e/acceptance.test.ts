/** The acceptance policy's structure with a task group as its target, by the built program as a user runs it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startNomad } from '../support/embedded-nomad.ts';
import { eventually, freePort, startProgram, temporaryFolder } from '../support/program.ts';

const policy = `scaling "worker_pool_policy" {
  enabled = true
  type = "horizontal"
  min = 1
  max = 10
  policy {
    cooldown = "1h"
    cooldown_on_scale_up = "3s"
    evaluation_interval = "1s"
    check "cpu_allocated_percentage" {
      source = "nomad-apm"
      query = "avg_cpu-allocated"
      strategy "target-value" {
        target = 70
        max_scale_up = 1
      }
    }
    target "nomad-target" {
      Job = "pool"
      Group = "app"
    }
  }
}
`;

const config = (nomad: string, port: number) => `nomad {
  address = "${nomad}"
  region = "global"
}
http {
  bind_address = "127.0.0.1"
  bind_port = ${port}
}
apm "nomad-apm" {
  driver = "nomad-apm"
}
strategy "target-value" {
  driver = "target-value"
}
target "nomad-target" {
  driver = "nomad-target"
}
`;

test('bounds hold while the APM fails, a jump is refused by max_scale_up, cooldowns are kept, and the log says all of it', async (t) => {
  const folder = temporaryFolder(t);
  const nomad = await startNomad();
  t.after(() => nomad.close());
  await nomad.register('pool', 0); // nothing runs, so the APM has no metric to give
  for (const name of ['policies', 'plugins']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'policies/pool.hcl'), policy);
  writeFileSync(join(folder, 'agent.hcl'), config(nomad.address, await freePort()));
  const agent = startProgram([
    'agent',
    `-plugin-dir=${folder}/plugins`,
    `-policy-dir=${folder}/policies`,
    `-config=${folder}/agent.hcl`,
    '-log-level=debug',
    '-policy-source-disable-nomad',
  ]);
  t.after(() => agent.stop());

  const below = await agent.line(/calculating scaling target/);
  assert.match(
    below,
    /policy_manager\.policy_handler: calculating scaling target: policy_id=\S+ source=file target=nomad-target/,
  );
  assert.match(below, / from=0 to=1 reason="current count \(0\) below limit \(1\)" /);
  await agent.line(/successfully submitted scaling action to target, .* desired_count=1 cooldown=3s/);
  await eventually('one instance', async () => ((await nomad.count('pool')).running === 1 ? true : undefined));

  nomad.setLoad('pool', 245); // one instance at 245 %: 3.5 times the target
  await agent.line(/calculating scaling target: .* from=1 to=2 reason="scaling up because factor is 3\.5/);
  await agent.line(/skipping scaling, policy still on cooldown: .* remaining=\d/);
  await eventually('two instances', async () => ((await nomad.count('pool')).running === 2 ? true : undefined));

  nomad.setLoad('pool', 490); // two instances want to be seven
  await agent.line(/calculating scaling target: .* from=2 to=3 reason="scaling up because factor is 3\.5/, 30_000);
  await eventually('three instances', async () => ((await nomad.count('pool')).running === 3 ? true : undefined));
  const { messages } = await nomad.count('pool');
  assert.deepEqual(
    messages.map((text) => text.replace(/[\d.]+$/, '')),
    ['current count (0) below limit (1)', 'scaling up because factor is ', 'scaling up because factor is '],
  );
  assert.doesNotMatch(agent.output(), / to=[4-9] /);
  for (const line of [
    'received policy for evaluation',
    'querying source',
    'running strategy',
    'check selected',
    'requesting slot',
    'slot granted',
    'scaling target',
  ]) {
    assert.match(agent.output(), new RegExp(`\\[DEBUG\\] policy_manager\\.policy_handler(\\.check_handler)?: ${line}`));
  }

  agent.process.kill('SIGTERM');
  assert.equal(await agent.ended(), 0);
});
