/** Jobs and their scaling over the API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const scaling = (min: number, max: number) => ({
  group: { Scaling: { Min: min, Max: max, Policy: { cooldown: '1m' } } },
});
const target = { Job: 'web', Group: 'g' };

async function settled(options = {}): Promise<TestNomad> {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', options));
  await nomad.clock.advance(5000);
  return nomad;
}

test('nomad-api #22: a job with little in it gets every default', async () => {
  const nomad = testNomad();
  const task = { Name: 't', Driver: 'docker' };
  const answer = await nomad.put('/v1/jobs', { Job: { ID: 'min', TaskGroups: [{ Name: 'g', Tasks: [task] }] } });
  assert.match(answer.json.EvalID, /^[0-9a-f]{8}-/);
  const { json } = await nomad.get('/v1/job/min');
  const [group] = json.TaskGroups;
  assert.deepEqual(
    [json.Name, json.Type, json.Priority, json.Datacenters, json.NodePool, json.Namespace, json.Region],
    ['min', 'service', 50, ['*'], 'default', 'default', 'global'],
  );
  assert.deepEqual([group.Count, group.EphemeralDisk.SizeMB, group.Update.ProgressDeadline], [1, 300, 600e9]);
  assert.deepEqual([group.Tasks[0].Resources.CPU, group.Tasks[0].Resources.MemoryMB], [100, 300]);
});

test('nomad-api #23, nomad-scheduler #3: the same job again makes an evaluation and no version', async () => {
  const nomad = await settled();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(100);
  assert.equal((await nomad.get('/v1/job/web')).json.Version, 0);
  const evaluations = (await nomad.get('/v1/job/web/evaluations')).json;
  assert.equal(evaluations.filter((one: { TriggeredBy: string }) => one.TriggeredBy === 'job-register').length, 2);
});

test('nomad-api #24: a registration that demands that the job be new is refused when it is not', async () => {
  const nomad = await settled();
  const answer = await nomad.put('/v1/jobs', { ...jobBody('web'), EnforceIndex: true, JobModifyIndex: 0 });
  assert.equal(answer.status, 500);
  assert.match(answer.text, /Enforcing job modify index/);
});

test('nomad-api #25: an ID with a slash is found percent-encoded and raw', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('a/b'));
  for (const url of ['/v1/job/a%2Fb', '/v1/job/a/b', '/v1/job/a%2Fb/scale', '/v1/job/a/b/scale']) {
    assert.equal((await nomad.get(url)).status, 200, url);
  }
});

test('nomad-api #27: a job without a deployment answers null', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('b', { type: 'batch' }));
  const answer = await nomad.get('/v1/job/b/deployment');
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'null');
});

test('nomad-api #28: a system job takes no scaling block', async () => {
  const answer = await testNomad().put('/v1/jobs', jobBody('s', { type: 'system', ...scaling(0, 1) }));
  assert.equal(answer.status, 400);
  assert.equal(answer.text, 'Task groups with job type system do not support scaling blocks');
});

test('nomad-api #32, #33, #34: versions are kept, six of them, and can be gone back to', async () => {
  const nomad = await settled();
  for (let count = 2; count <= 8; count++) await nomad.put('/v1/jobs', jobBody('web', { count }));
  const { Versions: versions } = (await nomad.get('/v1/job/web/versions')).json;
  assert.equal(versions.length, 6);
  assert.deepEqual(
    versions.slice(0, 2).map((one: { Version: number }) => one.Version),
    [7, 6],
  );
  const same = await nomad.put('/v1/job/web/revert', { JobID: 'web', JobVersion: 7 });
  assert.equal(same.text, "can't revert to current version");
  assert.equal((await nomad.put('/v1/job/web/revert', { JobID: 'web', JobVersion: 6 })).status, 200);
  const { json } = await nomad.get('/v1/job/web');
  assert.deepEqual([json.Version, json.TaskGroups[0].Count, json.VersionTag], [8, 7, null]);
});

test('nomad-api #35, #36, nomad-scheduler #7: a stopped job ends its allocations, is dead, and is cleared away', async () => {
  const nomad = await settled();
  const answer = await nomad.delete('/v1/job/web');
  assert.notEqual(answer.json.EvalID, '');
  await nomad.clock.advance(1000);
  const job = (await nomad.get('/v1/job/web')).json;
  assert.deepEqual([job.Status, job.Stop], ['dead', true]);
  const [allocation] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.deepEqual(
    [allocation.DesiredStatus, allocation.DesiredDescription, allocation.ClientStatus],
    ['stop', 'alloc not needed due to job update', 'complete'],
  );
  assert.equal((await nomad.put('/v1/system/gc')).status, 200);
  assert.equal((await nomad.get('/v1/job/web')).status, 404);
});

test('nomad-api #85: clearing up is asked for with PUT', async () => {
  const nomad = testNomad();
  const answer = await nomad.put('/v1/system/gc');
  assert.deepEqual([answer.status, answer.text], [200, '']);
  assert.equal((await nomad.get('/v1/system/gc')).status, 405);
});

const refusals: readonly (readonly [string, unknown, number, string])[] = [
  ['nomad-api #37', { Count: 9, Target: target }, 400, 'group count was greater than scaling policy maximum: 9 > 5'],
  ['nomad-api #38', { Count: 0, Target: target }, 400, 'group count was less than scaling policy minimum: 0 < 1'],
  [
    'nomad-api #42',
    { Count: 2, Target: { Group: 'x' } },
    400,
    'task group "x" specified for scaling does not exist in job',
  ],
  ['a missing group', { Count: 2 }, 400, 'missing task group name for scaling action'],
  ['a negative count', { Count: -1, Target: target }, 400, "scaling action count can't be negative"],
  ['another job', { Count: 1, Target: { Job: 'x', Group: 'g' } }, 400, 'job ID in payload did not match URL'],
];
for (const [title, body, status, text] of refusals) {
  test(`${title}: a scaling that cannot be is refused with "${text}"`, async () => {
    const nomad = await settled(scaling(1, 5));
    const answer = await nomad.put('/v1/job/web/scale', body);
    assert.equal(answer.status, status);
    assert.equal(answer.text, text);
  });
}

test('nomad-scheduler #88: a scaling within the bounds makes a version and an event', async () => {
  const nomad = await settled(scaling(1, 5));
  assert.equal((await nomad.put('/v1/job/web/scale', { Count: 5, Target: target })).status, 200);
  assert.equal((await nomad.get('/v1/job/web')).json.Version, 1);
  assert.equal((await nomad.get('/v1/job/web/scale')).json.TaskGroups.g.Events[0].Count, 5);
});

test('nomad-api #41: an event without a count changes nothing', async () => {
  const nomad = await settled();
  const answer = await nomad.put('/v1/job/web/scale', { Target: target, Error: true, Message: 'failed' });
  assert.equal(answer.json.EvalID, '');
  const [event] = (await nomad.get('/v1/job/web/scale')).json.TaskGroups.g.Events;
  assert.deepEqual([event.Count, event.Error, event.EvalID], [null, true, null]);
  assert.equal((await nomad.get('/v1/job/web')).json.Version, 0);
});

test('nomad-api #105: the same count again is a new version with a new deployment', async () => {
  const nomad = await settled();
  const before = (await nomad.get('/v1/job/web/deployment')).json.ID;
  await nomad.put('/v1/job/web/scale', { Count: 1, Target: target });
  await nomad.clock.advance(0);
  assert.equal((await nomad.get('/v1/job/web')).json.Version, 1);
  assert.notEqual((await nomad.get('/v1/job/web/deployment')).json.ID, before);
});

test('nomad-scheduler #104: a group that updates all at once scales without a deployment', async () => {
  const nomad = await settled({ group: { Update: { MaxParallel: 0 } } });
  await nomad.put('/v1/job/web/scale', { Count: 3, Target: target });
  await nomad.clock.advance(0);
  assert.equal((await nomad.get('/v1/job/web/deployment')).json, null);
  assert.equal((await nomad.put('/v1/job/web/scale', { Count: 2, Target: target })).status, 200);
});

test('nomad-api #45, #47, #48, #49, nomad-scheduler #89: a policy lives with its group', async () => {
  const nomad = await settled(scaling(1, 5));
  const list = await nomad.get('/v1/scaling/policies');
  const [stub] = list.json;
  assert.deepEqual(
    [stub.Type, stub.Target, stub.Enabled],
    ['horizontal', { Namespace: 'default', Job: 'web', Group: 'g' }, true],
  );
  const waiting = nomad.get(`/v1/scaling/policies?index=${list.headers['X-Nomad-Index']}&wait=60s`);
  await nomad.put('/v1/jobs', jobBody('web', scaling(1, 7)));
  const [changed] = (await waiting).json;
  assert.equal(changed.ID, stub.ID);
  assert.ok(changed.ModifyIndex > stub.ModifyIndex);
  await nomad.delete('/v1/job/web');
  assert.equal((await nomad.get(`/v1/scaling/policy/${stub.ID}`)).json.Enabled, false);
  await nomad.delete('/v1/job/web?purge=true');
  const gone = await nomad.get(`/v1/scaling/policy/${stub.ID}`);
  assert.deepEqual([gone.status, gone.text], [404, 'policy not found']);
  await nomad.put('/v1/jobs', jobBody('web', scaling(1, 5)));
  assert.notEqual((await nomad.get('/v1/scaling/policies')).json[0].ID, stub.ID);
});

test('nomad-api #46: registering the same policy again leaves its ID and its index', async () => {
  const nomad = await settled(scaling(1, 5));
  const before = await nomad.get('/v1/scaling/policies');
  await nomad.put('/v1/jobs', jobBody('web', scaling(1, 5)));
  const after = await nomad.get('/v1/scaling/policies');
  assert.deepEqual(after.json, before.json);
  assert.equal(after.headers['X-Nomad-Index'], before.headers['X-Nomad-Index']);
});

test('nomad-scheduler #5: a job keeps its type', async () => {
  const nomad = await settled();
  const answer = await nomad.put('/v1/jobs', jobBody('web', { type: 'batch' }));
  assert.equal(answer.status, 500);
  assert.equal(answer.text, 'cannot update job from type "service" to "batch"');
});

test('nomad-api #103: a clean evaluation has no empty keys', async () => {
  const nomad = await settled();
  const [evaluation] = (await nomad.get('/v1/job/web/evaluations')).json;
  for (const key of ['BlockedEval', 'StatusDescription', 'WaitUntil', 'FailedTGAllocs']) {
    assert.ok(!(key in evaluation), key);
  }
});

test('nomad-api #104: an allocation without updates lacks the keys that its row in a list has', async () => {
  const nomad = await settled();
  const [stub] = (await nomad.get('/v1/job/web/allocations')).json;
  const { json } = await nomad.get(`/v1/allocation/${stub.ID}`);
  for (const key of ['DesiredTransition', 'DesiredDescription', 'NextAllocation']) {
    assert.ok(!(key in json), key);
    assert.ok(key in stub, key);
  }
});

test('nomad-api #69: an evaluation tells its deployment and its relatives', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, cpu: 2000 }));
  await nomad.clock.advance(0);
  const [evaluation] = (await nomad.get('/v1/job/web/evaluations')).json;
  const { json } = await nomad.get(`/v1/evaluation/${evaluation.ID}?related=true`);
  assert.match(json.DeploymentID, /^[0-9a-f]{8}-/);
  assert.equal(json.RelatedEvals.length, 1);
  assert.equal(json.RelatedEvals[0].Status, 'blocked');
});

test('nomad-api #70: a deployment wakes its readers when health changes', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(500);
  const latest = await nomad.get('/v1/job/web/deployment');
  const index = latest.headers['X-Nomad-Index'];
  const waiting = nomad.get(`/v1/deployment/${latest.json.ID}?index=${index}&wait=2s`);
  await nomad.clock.advance(1500);
  assert.equal((await waiting).json.TaskGroups.g.HealthyAllocs, 1);
});

test('nomad-api #68: a stopped allocation is replaced', async () => {
  const nomad = await settled();
  const [before] = (await nomad.get('/v1/job/web/allocations')).json;
  const answer = await nomad.put(`/v1/allocation/${before.ID}/stop`);
  assert.notEqual(answer.json.EvalID, '');
  await nomad.clock.advance(1000);
  const [old, next] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.equal(old.DesiredStatus, 'stop');
  assert.equal((await nomad.get(`/v1/allocation/${next.ID}`)).json.PreviousAllocation, old.ID);
});

test("a job that goes back to a version has that version's file", async () => {
  const nomad = testNomad();
  const submit = (count: number) =>
    nomad.put('/v1/jobs', { ...jobBody('web', { count }), Submission: { Source: `count ${count}`, Format: 'hcl2' } });
  await submit(1);
  await submit(2);
  await nomad.put('/v1/job/web/revert', { JobID: 'web', JobVersion: 0 });
  const { json } = await nomad.get('/v1/job/web/submission?version=2');
  assert.deepEqual([json.Source, json.Version], ['count 1', 2]);
});

test('a job that is forgotten takes its deployments along', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  assert.equal((await nomad.get('/v1/deployments')).json.length, 1);
  await nomad.delete('/v1/job/web?purge=true');
  await nomad.clock.advance(1000);
  assert.deepEqual((await nomad.get('/v1/deployments')).json, []);
});

test('a job is stopped with the priority that the official client sends when nobody gave one: 0', async () => {
  const nomad = await settled({ job: { Priority: 70 } });
  const url = '/v1/job/web?purge=false&global=false&eval_priority=0&no_shutdown_delay=false';
  const { json } = await nomad.delete(url);
  assert.equal((await nomad.get(`/v1/evaluation/${json.EvalID}`)).json.Priority, 70);
});

test('tasks that are there keep their resources when the caller wants that', async () => {
  const nomad = await settled();
  const cpu = async () => (await nomad.get('/v1/job/web')).json.TaskGroups[0].Tasks[0].Resources.CPU;
  const before = await cpu();
  const { Job } = jobBody('web', { count: 2 });
  const TaskGroups = Job.TaskGroups.map((group: { Tasks: object[] }) => ({
    ...group,
    Tasks: group.Tasks.map((task) => ({ ...task, Resources: { CPU: before + 1 } })),
  }));
  await nomad.put('/v1/jobs', { Job: { ...Job, TaskGroups }, PreserveResources: true });
  assert.equal(await cpu(), before);
  await nomad.put('/v1/jobs', { Job: { ...Job, TaskGroups } });
  assert.equal(await cpu(), before + 1);
});

test('templates, artifacts, mounts, checks and the like of a job that was sent without their defaults have them', async () => {
  const nomad = testNomad();
  const task = {
    Templates: [{ EmbeddedTmpl: 'x', DestPath: 'local/x', ChangeMode: 'signal' }],
    Artifacts: [{ GetterSource: 'http://x/a.bin', GetterMode: 'file' }],
    VolumeMounts: [{ Volume: 'v', Destination: '/v' }],
  };
  const Checks = [{ Type: 'tcp', Interval: 1e9, Timeout: 1e9, CheckRestart: { Limit: 5 } }];
  const service = { Name: 'web', Checks, CheckRestart: { Limit: 3, IgnoreWarnings: true } };
  const group = { Services: [service], Volumes: { v: { Name: 'v', Type: 'host', Source: 'v' } } };
  assert.equal((await nomad.put('/v1/jobs', jobBody('web', { task, group }))).status, 200);
  const [stored] = (await nomad.get('/v1/job/web')).json.TaskGroups;
  const [{ Templates, Artifacts, VolumeMounts }] = stored.Tasks;
  assert.deepEqual([Templates[0].ChangeSignal, Templates[0].LeftDelim, Templates[0].Splay], ['SIGHUP', '{{', 5e9]);
  assert.deepEqual([Artifacts[0].RelativeDest, Artifacts[0].GetterInsecure], ['local/a.bin', false]);
  assert.deepEqual([VolumeMounts[0].PropagationMode, VolumeMounts[0].ReadOnly], ['private', false]);
  assert.deepEqual(stored.Services[0].Checks[0].CheckRestart, { Limit: 5, IgnoreWarnings: true, Grace: 1e9 });
});
