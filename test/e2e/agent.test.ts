/** The built agent as an operator meets it: its start, its signals, its exit status. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fixedPolicy } from '../support/agent.ts';
import { ask } from '../support/agent-view.ts';
import { eventually, freePort, runProgram, startProgram, temporaryFolder } from '../support/program.ts';
import { needsShared, sharedPath } from '../support/shared.ts';

async function startAgent(t: TestContext, config = '', ...more: readonly string[]) {
  const dir = temporaryFolder(t);
  const port = await freePort();
  mkdirSync(join(dir, 'policies'));
  writeFileSync(join(dir, 'agent.hcl'), config);
  const program = startProgram([
    'agent',
    `-config=${dir}/agent.hcl`,
    `-policy-dir=${dir}/policies`,
    `-plugin-dir=${dir}`,
    `-http-bind-port=${port}`,
    '-policy-source-disable-nomad',
    ...more,
  ]);
  t.after(() => program.stop());
  const get = (path: string) => ask(`127.0.0.1:${port}`, 'GET', path);
  return { dir, port, program, get };
}

type Started = Awaited<ReturnType<typeof startAgent>>;

const ready = ({ get }: Started) =>
  eventually('ready', async () => ((await get('/v1/ready')).status === 200 ? true : undefined));

test('the agent starts, reads a new policy file by itself, and a signal ends it with status 0', async (t) => {
  const agent = await startAgent(t);
  await agent.program.line(
    /\[INFO\] {2}agent\.http_server: server now listening for connections: address=127\.0\.0\.1:\d+$/,
  );
  assert.equal((await agent.get('/v1/health')).status, 200);
  await ready(agent);
  writeFileSync(join(agent.dir, 'policies/web.hcl'), fixedPolicy('web', 1));
  await eventually('the policy', async () => {
    const policies = JSON.parse((await agent.get('/v1/policies')).body);
    return policies.length === 1 ? true : undefined;
  });
  agent.program.process.kill('SIGINT');
  assert.equal(await agent.program.ended(), 0);
  assert.match(agent.program.output(), /\[INFO\] {2}agent: caught signal: signal=interrupt\n/);
  assert.match(agent.program.output(), /shutting down plugin: plugin_name=nomad-target\n/);
});

test('agent #A80: SIGHUP with a broken configuration keeps the agent running as it was', async (t) => {
  const agent = await startAgent(t, 'log_level = "info"\n');
  await ready(agent);
  writeFileSync(join(agent.dir, 'agent.hcl'), 'log_level = \n');
  agent.program.process.kill('SIGHUP');
  await agent.program.line(/\[ERROR\] agent: failed to reload Autoscaler configuration: error=.*agent\.hcl:1:13: /);
  assert.equal((await agent.get('/v1/health')).status, 200);
  assert.equal(JSON.parse((await agent.get('/v1/ready')).body).status, 'degraded');
});

test('SIGUSR1 prints metrics and opens no debugger', async (t) => {
  const agent = await startAgent(t);
  await ready(agent);
  agent.program.process.kill('SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.doesNotMatch(agent.program.output(), /[Dd]ebugger/);
  assert.equal((await agent.get('/v1/health')).status, 200);
});

test('agent #A61, #A73: Prometheus gets our series, without host, and the collectors of process and runtime', async (t) => {
  const agent = await startAgent(t, '', '-telemetry-prometheus-metrics', '-telemetry-disable-hostname');
  await ready(agent);
  for (const path of ['/v1/metrics?format=prometheus', '/metrics']) {
    const { body } = await agent.get(path);
    assert.match(body, /^nomad_autoscaler_policy_total_num 0$/m);
    assert.match(body, /^process_resident_memory_bytes \d+$/m);
    assert.match(body, /^nomad_autoscaler_plugin_manager_access_ms_count|^nodejs_version_info/m);
  }
});

test('agent #A66, #A87, #A90: an executable that is not there ends the start and what was started', async (t) => {
  const agent = await startAgent(t, 'target "os-nova" {\n  driver = "os-novva"\n}\n');
  assert.equal(await agent.program.ended(), 1);
  const log = agent.program.output();
  assert.match(log, /shutting down plugin: plugin_name=threshold\n[\s\S]*\[ERROR\] agent: failed to start agent:\n/);
  assert.match(
    log,
    /\| \\t\* failed to dispense plugin os-nova: failed to instantiate plugin os-nova client: fork\/exec .*\/os-novva: no such file or directory/,
  );
});

test(
  'agent #A89: command lines that start nothing answer as upstream',
  needsShared('golden/autoscaler/cli'),
  async () => {
    for (const name of ['no-args', 'help-flag', 'unknown-flag', 'bad-bool', 'config-missing', 'negative-workers']) {
      const text = readFileSync(sharedPath(`golden/autoscaler/cli/${name}.txt`) ?? '', 'utf8');
      const [, line = ''] = /^\$ nomad-autoscaler ?(.*)$/m.exec(text) ?? [];
      const { code, output } = await runProgram(line.split(' ').filter(Boolean));
      assert.equal(code, Number(/^exit (\d+)/m.exec(text)?.[1]), name);
      // Our general help has commands of its own.
      const wanted = text
        .split('\n')
        .slice(3)
        .filter((one) => one !== '' && !one.startsWith('---') && !one.startsWith('    '));
      for (const one of wanted) assert.ok(output.includes(one), `${name}: ${one}`);
    }
  },
);

test('policy validate tells what is wrong and where', async (t) => {
  const dir = temporaryFolder(t);
  writeFileSync(join(dir, 'web.hcl'), fixedPolicy('web', 1));
  const sound = await runProgram(['policy', 'validate', dir]);
  assert.deepEqual([sound.code, sound.output], [0, '1 file, 1 enabled policy: valid\n']);
  writeFileSync(join(dir, 'web.hcl'), fixedPolicy('web', 1).replace('Job =', 'Jbo ='));
  const broken = await runProgram(['policy', 'validate', dir]);
  assert.equal(broken.code, 1);
  assert.match(broken.output, /^Error: .*\/web\.hcl:\d+:\d+: .*Jbo/m);
});
