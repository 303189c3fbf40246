/** Two agents and one lock: the one that leads dies, and the other takes over. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ask } from '../support/agent-view.ts';
import { startNomad } from '../support/embedded-nomad.ts';
import { eventually, freePort, startProgram, temporaryFolder } from '../support/program.ts';

const policy = `scaling "web" {
  enabled = true
  min     = 1
  max     = 5

  policy {
    evaluation_interval = "1s"
    cooldown            = "1s"

    check "wanted" {
      source = "nomad-apm"
      query  = "avg_cpu"

      strategy "fixed-value" {
        value = 2
      }
    }

    target "nomad-target" {
      Job   = "web"
      Group = "app"
    }
  }
}
`;

test('the agent that stands by takes over from one that was killed', async (t) => {
  const nomad = await startNomad();
  t.after(() => nomad.close());
  await nomad.register('web', 1);
  const first = await startAgent(t, nomad.address);
  await eventually('a leader', async () => ((await first.status()) === 'ready' ? true : undefined));
  await eventually('the count', async () => ((await nomad.count('web')).desired === 2 ? true : undefined));
  const second = await startAgent(t, nomad.address);
  await second.program.line(/\[INFO\] {2}agent\.election: standing by: another agent leads$/);
  assert.equal(await second.status(), 'standby');

  first.program.process.kill('SIGKILL');
  await nomad.call('PUT', '/v1/job/web/scale', { Count: 1, Target: { Group: 'app' } });
  await second.program.line(/\[INFO\] {2}agent\.election: leading: this agent scales$/, 60_000);
  await eventually('the count again', async () => ((await nomad.count('web')).desired === 2 ? true : undefined));
  second.program.process.kill('SIGTERM');
  assert.equal(await second.program.ended(), 0);
});

async function startAgent(t: TestContext, address: string) {
  const dir = temporaryFolder(t);
  const port = await freePort();
  mkdirSync(join(dir, 'policies'));
  writeFileSync(join(dir, 'policies/web.hcl'), policy);
  const program = startProgram([
    ...['agent', `-policy-dir=${dir}/policies`, `-plugin-dir=${dir}`, `-http-bind-port=${port}`],
    ...[`-nomad-address=${address}`, '-policy-source-disable-nomad', '-high-availability-enabled'],
    ...['-high-availability-lock-ttl=10s', '-high-availability-lock-delay=1s'],
  ]);
  t.after(() => program.stop());
  const status = async () => {
    const answer = await ask(`127.0.0.1:${port}`, 'GET', '/v1/ready').catch(() => undefined); // it does not listen yet
    return answer && JSON.parse(answer.body).status;
  };
  return { program, status };
}
