/** What users of Nomad met and reported, as it is to be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nomadCli } from '../../support/nomad-cli.ts';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

const scaled = { Scaling: { Min: 0, Max: 5, Policy: {} } };

test('a system job is scaled by nobody: the count stays, no deployment begins, and the reason is told', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  await nomad.put('/v1/jobs', jobBody('edge', { type: 'system' }));
  await nomad.clock.advance(60_000);
  const before = await nomad.get('/v1/job/edge/deployments');
  const line = await nomadCli(nomad, ['job', 'scale', 'edge', 'g', '3']);
  assert.equal(line.exit, 1);
  assert.match(line.stderr, /400 \(jobs of type "system" can only be scaled between 0 and 1\)/);
  assert.equal((await nomad.get('/v1/job/edge')).json.TaskGroups[0].Count, 1);
  const after = await nomad.get('/v1/job/edge/deployments');
  assert.deepEqual(after.json, before.json);
  assert.deepEqual(
    after.json.map(({ Status }: { Status: string }) => Status),
    ['successful'],
  );
});

test('a job whose deployment was forgotten has none, and is scaled all the same', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('rare', { group: scaled }));
  await nomad.clock.advance(60_000);
  await nomad.put('/v1/job/rare/scale', { Count: 0, Target: { Group: 'g' } });
  await nomad.clock.advance(60_000);
  await nomad.put('/v1/system/gc');
  assert.equal((await nomad.get('/v1/job/rare/deployment')).text, 'null');
  assert.deepEqual((await nomad.get('/v1/job/rare/deployments')).json, []);
  const { status } = await nomad.put('/v1/job/rare/scale', { Count: 2, Target: { Group: 'g' } });
  assert.equal(status, 200);
  await nomad.clock.advance(2000);
  assert.equal((await nomad.get('/v1/job/rare/scale')).json.TaskGroups.g.Running, 2);
});

test('the deployment of a job that runs is kept, however often somebody collects', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(60_000);
  await nomad.put('/v1/system/gc');
  assert.equal((await nomad.get('/v1/job/web/deployment')).json.Status, 'successful');
});

test('a job whose name begins another’s keeps its hands off the other’s policy', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('shop', { group: scaled }));
  await nomad.put('/v1/jobs', jobBody('shop-api', { group: scaled }));
  const jobsOf = async (query: string) =>
    (await nomad.get(`/v1/scaling/policies${query}`)).json.map(({ Target }: { Target: { Job: string } }) => Target.Job);
  assert.deepEqual(await jobsOf('?job=shop'), ['shop']);
  assert.equal((await nomadCli(nomad, ['job', 'stop', '-purge', '-detach', 'shop'])).exit, 0);
  assert.deepEqual(await jobsOf(''), ['shop-api']);
  assert.match((await nomadCli(nomad, ['scaling', 'policy', 'list', '-job', 'shop-api'])).stdout, /Job:shop-api/);
});

test('a drain that is disabled when it is long complete makes the node eligible and lets waiting work in', async () => {
  const nomad = testNomad();
  const [node] = (await nomad.get('/v1/nodes')).json;
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(60_000);
  assert.equal((await nomadCli(nomad, ['node', 'drain', '-enable', '-yes', node.ID])).exit, 0);
  await nomad.clock.advance(60_000);
  const ended = (await nomad.get(`/v1/node/${node.ID}`)).json;
  assert.deepEqual([ended.DrainStrategy, ended.SchedulingEligibility], [null, 'ineligible']);
  assert.equal((await nomad.get('/v1/job/web/scale')).json.TaskGroups.g.Running, 0);
  assert.equal((await nomadCli(nomad, ['node', 'drain', '-disable', '-yes', node.ID])).exit, 0);
  await nomad.clock.advance(2000);
  assert.equal((await nomad.get(`/v1/node/${node.ID}`)).json.SchedulingEligibility, 'eligible');
  assert.equal((await nomad.get('/v1/job/web/scale')).json.TaskGroups.g.Running, 1);
});

test('a job ID with a slash in front and an @ is looked at, scaled, read and stopped like any other', async () => {
  const nomad = testNomad();
  const id = '/home/ada/trial@desk';
  await nomad.put('/v1/jobs', jobBody(id, { group: scaled }));
  await nomad.clock.advance(30_000);
  const run = (...line: readonly string[]) => nomadCli(nomad, line);
  assert.match((await run('job', 'status', id)).stdout, /^ID +=? \/home\/ada\/trial@desk$/m);
  assert.equal((await run('job', 'scale', '-detach', id, 'g', '2')).exit, 0);
  await nomad.clock.advance(2000);
  for (const path of [encodeURIComponent(id), '%2Fhome%2Fada%2Ftrial@desk']) {
    assert.equal((await nomad.get(`/v1/job/${path}/scale`)).json.TaskGroups.g.Running, 2, path);
  }
  assert.match((await run('job', 'history', id)).stdout, /Version += 1/);
  assert.equal((await run('job', 'stop', '-detach', id)).exit, 0);
  assert.equal((await nomad.get(`/v1/job/${encodeURIComponent(id)}`)).json.Stop, true);
});

const group = { Name: 'g', Tasks: [{ Name: 't', Driver: 'mock_driver' }] };

for (const [what, body, status, text] of [
  ['no wrapper', { ID: 'x', TaskGroups: [group] }, 400, 'Job must be specified'],
  ['a wrapper too many', { Job: { Job: { ID: 'x', TaskGroups: [group] } } }, 400, "Job ID hasn't been provided"],
  ['a string of JSON', '{"Job":{}}', 400, 'json: cannot unmarshal string into Go value of type api.JobRegisterRequest'],
  ['a list', [], 400, 'json: cannot unmarshal array into Go value of type api.JobRegisterRequest'],
  [
    'groups that are no list',
    { Job: { ID: 'x', TaskGroups: group } },
    400,
    'json: cannot unmarshal object into Go struct field Job.Job.TaskGroups of type []*api.TaskGroup',
  ],
  [
    'a group that is no object',
    { Job: { ID: 'x', TaskGroups: ['g'] } },
    400,
    'json: cannot unmarshal string into Go struct field Job.Job.TaskGroups of type api.TaskGroup',
  ],
  [
    'a count in quotes',
    { Job: { ID: 'x', TaskGroups: [{ ...group, Count: '2' }] } },
    400,
    'json: cannot unmarshal string into Go struct field TaskGroup.Job.TaskGroups.Count of type int',
  ],
  [
    'a count with a fraction',
    { Job: { ID: 'x', TaskGroups: [{ ...group, Count: 1.5 }] } },
    400,
    'json: cannot unmarshal number 1.5 into Go struct field TaskGroup.Job.TaskGroups.Count of type int',
  ],
  [
    'a metadata value without quotes',
    { Job: { ID: 'x', Meta: { port: 80 }, TaskGroups: [group] } },
    400,
    'json: cannot unmarshal number into Go struct field Job.Job.Meta of type string',
  ],
] as const) {
  test(`JSON that is almost a job, ${what}, is refused with what is wrong in it`, async () => {
    const nomad = testNomad();
    const answer = await nomad.put('/v1/jobs', body);
    assert.deepEqual([answer.status, answer.text], [status, text]);
    assert.deepEqual((await nomad.get('/v1/jobs')).json, []);
  });
}

test('keys of a job match whatever their case, as Go reads them', async () => {
  const nomad = testNomad();
  const body = { job: { id: 'low', type: 'batch', taskgroups: [{ name: 'g', COUNT: 2, tasks: group.Tasks }] } };
  assert.equal((await nomad.put('/v1/jobs', body)).status, 200);
  const { Type, TaskGroups } = (await nomad.get('/v1/job/low')).json;
  assert.deepEqual([Type, TaskGroups[0].Count], ['batch', 2]);
});

test('whatever is looked up by its beginning is found or told as unknown in one line', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('bad-luck'));
  for (const prefix of ['a', 'foo-bar', 'bad-cafe', 'abc', '-', 'ab-', '%2F', 'ä', '0'.repeat(40)]) {
    const found = await nomad.put('/v1/search', { Prefix: prefix, Context: 'all' });
    assert.equal(found.status, 200, prefix);
    if (prefix.length < 2) continue;
    const { exit, stdout, stderr } = await nomadCli(nomad, ['status', `${prefix}-none`]);
    assert.deepEqual([exit, stdout, stderr], [1, '', `Unable to resolve ID: "${prefix}-none"\n`]);
  }
  assert.equal((await nomadCli(nomad, ['status', 'bad'])).exit, 0);
});

test('thirty jobs that are registered at once never take more than the node has; the others wait, and follow as room appears', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 4000 }] });
  const { store } = nomad.server;
  const [{ ID: node }] = (await nomad.get('/v1/nodes')).json;
  let most = 0;
  store.onCommit(() => {
    most = Math.max(most, store.usage(node).cpuMhz);
  });
  const ids = Array.from({ length: 30 }, (_, at) => `burst-${at}`);
  await Promise.all(ids.map((id) => nomad.put('/v1/jobs', jobBody(id, { cpu: 500 }))));
  await nomad.clock.advance(2000);
  const count = async (status: string) =>
    (await nomad.get('/v1/evaluations')).json.filter(({ Status }: { Status: string }) => Status === status).length;
  const running = async () =>
    (await nomad.get('/v1/allocations')).json
      .filter(({ ClientStatus }: { ClientStatus: string }) => ClientStatus === 'running')
      .map(({ JobID }: { JobID: string }) => JobID);
  assert.deepEqual([(await running()).length, await count('blocked'), most], [8, 22, 4000]);
  const [first, second] = await running();
  await Promise.all([first, second].map((id) => nomad.delete(`/v1/job/${id}`)));
  await nomad.clock.advance(3000);
  assert.deepEqual([(await running()).length, await count('blocked'), most], [8, 20, 4000]);
});
