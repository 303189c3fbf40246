import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NomadSettings } from '../../../../../src/nomad/settings.ts';
import { nomadCli } from '../../../../support/nomad-cli.ts';
import { jobBody, testNomad } from '../../../../support/nomad-server.ts';

test('flags say which Nomad is asked and as whom, before the environment does', async () => {
  const nomad = testNomad();
  const asked: NomadSettings[] = [];
  const env = {
    NOMAD_ADDR: 'http://from-env:4646',
    NOMAD_NAMESPACE: 'env',
    NOMAD_TOKEN: 'env',
    NOMAD_REGION: 'global',
  };
  const onConnect = (settings: NomadSettings) => void asked.push(settings);
  await nomadCli(nomad, ['job', 'status'], { env, onConnect });
  const flags = ['-address=http://from-flag:4646', '-namespace', 'flag', '-token=flag'];
  await nomadCli(nomad, ['job', 'status', ...flags], { env, onConnect });
  const seen = asked.map(({ address, namespace, token, region }) => [address, namespace, token, region]);
  assert.deepEqual(seen, [
    ['http://from-env:4646', 'env', 'env', 'global'],
    ['http://from-flag:4646', 'flag', 'flag', 'global'],
  ]);
});

test('an address without a scheme fails with what was asked', async () => {
  const { exit, stderr } = await nomadCli(testNomad(), ['node', 'status', '-address=bogus']);
  assert.equal(exit, 1);
  assert.equal(stderr, 'Error querying node status: Get "/v1/nodes": unsupported protocol scheme ""\n');
});

test('older spellings stand for the command that took their place', async () => {
  const nomad = testNomad();
  const [older, newer] = [await nomadCli(nomad, ['node-status']), await nomadCli(nomad, ['node', 'status'])];
  assert.deepEqual(older, newer);
  assert.match(older.stdout, /^ID +Node Pool +DC +Name +Class +Drain +Eligibility +Status\n/);
  assert.match((await nomadCli(nomad, ['server-members'])).stderr, /command is deprecated/);
});

test('a command that does not exist is 127, a group without its command 1, a flag that does not exist 1', async () => {
  const nomad = testNomad();
  const unknown = await nomadCli(nomad, ['jbo', 'status']);
  assert.equal(unknown.exit, 127);
  assert.equal((await nomadCli(nomad, ['constructor'])).exit, 127);
  const group = await nomadCli(nomad, ['job']);
  assert.equal(group.exit, 1);
  assert.match(group.stdout, /job run +Run a new job/);
  const flag = await nomadCli(nomad, ['node', 'status', '-q']);
  assert.deepEqual([flag.exit, flag.stderr], [1, 'flag provided but not defined: -q\n']);
  assert.match(flag.stdout, /^Usage: nomad node status \[options\] <node>\n/);
});

test('wrong arguments say where to find help', async () => {
  const { exit, stderr } = await nomadCli(testNomad(), ['job', 'plan']);
  assert.equal(exit, 255);
  assert.equal(stderr, "This command takes one argument: <path>\nFor additional help try 'nomad job plan -help'\n");
});

test('hints at the web UI can be switched off', async () => {
  const nomad = testNomad();
  assert.match((await nomadCli(nomad, ['job', 'status'])).stderr, /==> View and manage Nomad jobs in the Web UI: /);
  assert.equal((await nomadCli(nomad, ['job', 'status'], { env: { NOMAD_CLI_SHOW_HINTS: '0' } })).stderr, '');
});

test('status shows whatever has the ID, and asks back when several have', async () => {
  const nomad = testNomad();
  for (const id of ['web', 'webhook', 'api']) await nomad.put('/v1/jobs', jobBody(id));
  await nomad.clock.advance(1000);
  assert.match((await nomadCli(nomad, ['status', 'web'])).stdout, /Allocations\nID /);
  const several = await nomadCli(nomad, ['status', 'we']);
  assert.deepEqual([several.exit, several.stderr], [1, 'Multiple matches found for id "we"\n\nJobs:\nweb, webhook\n']);
  const none = await nomadCli(nomad, ['status', 'nosuch']);
  assert.deepEqual([none.exit, none.stderr], [1, 'Unable to resolve ID: "nosuch"\n']);
  const [allocation] = (await nomad.get('/v1/job/api/allocations')).json;
  assert.match((await nomadCli(nomad, ['status', allocation.ID])).stdout, /\nTask "t" is "running"\n/);
});

test('what job inspect prints can be run again, and a template picks from it', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(3000);
  const inspected = await nomadCli(nomad, ['job', 'inspect', 'web']);
  const files = new Map([['web.json', inspected.stdout.replaceAll('"web"', '"again"')]]);
  const run = await nomadCli(nomad, ['job', 'run', '-json', '-detach', 'web.json'], { files });
  assert.equal(run.exit, 0, run.stderr);
  assert.match((await nomadCli(nomad, ['job', 'status'])).stdout, /^again +service/m);
  const picked = await nomadCli(nomad, [
    'job',
    'inspect',
    '-t',
    '{{.Job.ID}} {{range .Job.TaskGroups}}{{.Name}}{{end}}',
    'web',
  ]);
  assert.equal(picked.stdout, 'web g\n');
  const bad = await nomadCli(nomad, ['job', 'run', '-json', 'bad.json'], { files: new Map([['bad.json', '[']]) });
  assert.match(bad.stderr, /^Error getting job struct: Failed to parse JSON job from bad\.json: /);
});

test('variables of a job file come from files and flags', async () => {
  const nomad = testNomad();
  const text = `variable "count" {
  type = number
}
variable "image" {
  type    = string
  default = "x"
}
job "sized" {
  group "g" {
    count = var.count
    task "t" {
      driver = "docker"
      config {
        image = var.image
      }
    }
  }
}
`;
  const files = new Map([
    ['sized.nomad', text],
    ['prod.vars', 'count = 2\nimage = "from-file"\n'],
  ]);
  const line = ['job', 'run', '-output', '-var-file=prod.vars', '-var', 'image=from-flag', 'sized.nomad'];
  const { stdout, stderr, exit } = await nomadCli(nomad, line, { files });
  assert.equal(exit, 0, stderr);
  assert.match(stdout, /"Count": 2/);
  assert.match(stdout, /"image": "from-flag"/);
});
