import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Action } from 'nomad-autoscaler/sdk';
import { asProcess, inProcess, targetConformance } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../../../plugins/target/nomad/index.ts';
import { scaleGroup } from '../../../../plugins/target/nomad/scale.ts';
import { groupStatus, jobOf } from '../../../../plugins/target/nomad/status.ts';
import { systemClock, virtualClock } from '../../../../src/lib/clock.ts';
import { explain } from '../../../../src/lib/error.ts';
import { noLog } from '../../../../src/lib/log.ts';
import { nomadClient } from '../../../../src/nomad/client.ts';
import { JobView } from '../../../../src/nomad/job-view.ts';
import type { HttpRequest } from '../../../../src/nomad/transport.ts';
import { testWorld } from '../../../../src/sdk/subject.ts';
import { FakeNomad, never, text } from '../../../support/nomad.ts';
import { serveNomad } from '../../../support/nomad-http.ts';
import { needsShared, sharedPath } from '../../../support/shared.ts';

const group = { job: 'web', group: 'app', namespace: 'default' };
const up: Action = { direction: 'up', count: 3, reason: 'because', meta: { nomad_policy_id: 'p1' } };

function setUp(t: TestContext) {
  const clock = virtualClock();
  const nomad = new FakeNomad(clock);
  const client = nomad.client({ namespace: 'agents-own' });
  const jobs = new JobView(client, { clock, random: () => 0.5, log: noLog });
  t.after(() => jobs.close());
  return { clock, nomad, shared: { client, jobs } };
}

test('plugins #131: a job that runs is ready, with its running instances as the count', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 0 } } });
  assert.deepEqual(await groupStatus(shared, group, never), {
    ready: true,
    count: 0,
    desired: 0,
    meta: { 'nomad_autoscaler.target.nomad.web.stopped': 'false' },
  });
});

test('a status of a job at rest holds until it is scaled', async (t) => {
  const { clock, nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 2 } } });
  await groupStatus(shared, group, never);
  await clock.advance(10_000);
  let ended = 0;
  assert.ok(shared.jobs.holds(jobOf(group), () => ended++) !== undefined);
  await scaleGroup(shared, up, group, never);
  assert.equal(ended, 1);
});

test('instances that still start are told apart from those that run', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 2, Desired: 5, Placed: 4 } } });
  const status = await groupStatus(shared, group, never);
  assert.deepEqual([status?.count, status?.desired], [2, 5]);
});

test('plugins #135: a stopped job is not ready', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { stopped: true, groups: { app: { Running: 7 } } });
  const status = await groupStatus(shared, group, never);
  assert.deepEqual([status?.ready, status?.count], [false, 7]);
  assert.deepEqual(status?.meta, { 'nomad_autoscaler.target.nomad.web.stopped': 'true' });
});

test('plugins #136: a missing group is an error, a missing job is none, and what Nomad says is passed on', async (t) => {
  const { nomad, shared, clock } = setUp(t);
  nomad.put('web', { groups: { app: {} } });
  await assert.rejects(async () => groupStatus(shared, { ...group, group: 'x' }, never), {
    message: 'task group "x" not found',
  });
  assert.equal(await groupStatus(shared, { ...group, job: 'gone' }, never), undefined);
  nomad.answer(() => text(500, 'no leader'));
  await clock.advance(1_000);
  await assert.rejects(async () => groupStatus(shared, { ...group, job: 'gone' }, never), {
    message: 'Unexpected response code: 500 (no leader)',
  });
});

test('plugins #137: the newest scaling event dates the status', async (t) => {
  const { nomad, shared } = setUp(t);
  const event = (ms: number) => ({
    Time: ms * 1e6,
    Count: 1,
    PreviousCount: 0,
    Message: '',
    Error: false,
    Meta: null,
    EvalID: null,
    CreateIndex: 1,
  });
  nomad.put('web', { groups: { app: { Events: [event(1_795_566_136_960), event(5)] } } });
  assert.equal((await groupStatus(shared, group, never))?.lastEventAt, 1_795_566_136_960);
});

test('an active deployment is named before anybody tries to scale', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 2, Healthy: 1 } }, deployment: 'running' });
  const status = await groupStatus(shared, group, never);
  assert.equal(status?.ready, true);
  assert.equal(status?.blockedBy, 'deployment d1e2f3a4 is running');
});

test('without a namespace the status is that of the job in default', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 4 } } });
  assert.equal((await groupStatus(shared, { ...group, namespace: undefined }, never))?.count, 4);
});

test('a scaling writes count, reason and meta, and the status follows', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 1 } } });
  await groupStatus(shared, group, never);
  assert.deepEqual(await scaleGroup(shared, up, group, never), { kind: 'scaled' });
  assert.deepEqual(nomad.bodies, [
    {
      Count: 3,
      Target: { Job: 'web', Group: 'app' },
      Message: 'because',
      Error: false,
      Meta: { nomad_policy_id: 'p1' },
      Region: '',
      Namespace: '',
      SecretID: '',
      PolicyOverride: false,
      JobModifyIndex: 0,
    },
  ]);
  assert.ok(nomad.asked.includes('PUT /v1/job/web/scale?namespace=default&wait=300000ms'));
  assert.equal((await groupStatus(shared, group, never))?.count, 3);
});

test('plugins #142: a dry run sends no count', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { groups: { app: { Running: 1 } } });
  await scaleGroup(shared, { ...up, direction: 'none', dryRun: true }, group, never);
  assert.equal((nomad.bodies[0] as { Count: unknown }).Count, null);
});

test('plugins #143: an active deployment makes it a no-op', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.answer(({ method }) =>
    method === 'PUT' ? text(400, 'job scaling blocked due to active deployment') : undefined,
  );
  assert.deepEqual(await scaleGroup(shared, up, group, never), {
    kind: 'no-op',
    reason: 'skipping scaling group web/app due to active deployment',
  });
});

test('plugins #144: any other refusal is an error with upstream’s text', async (t) => {
  const { nomad, shared } = setUp(t);
  const refuse = (status: number, body: string) => {
    nomad.answer(() => text(status, body));
    return scaleGroup(shared, up, group, never).catch((error: unknown) => explain(error));
  };
  const tooFew = 'group count was less than scaling policy minimum: 0 < 1';
  assert.equal(await refuse(400, tooFew), `failed to scale group web/app: Unexpected response code: 400 (${tooFew})`);
  const other = await refuse(500, 'job scaling blocked due to active deployment');
  assert.match(String(other), /^failed to scale group/, 'the text alone does not decide');
});

test('plugins #145: without a namespace the client’s own counts', async (t) => {
  const { nomad, shared } = setUp(t);
  nomad.put('web', { namespace: 'agents-own', groups: { app: { Running: 1 } } });
  await scaleGroup(shared, up, { ...group, namespace: undefined }, never);
  assert.ok(nomad.asked.includes('PUT /v1/job/web/scale?namespace=agents-own&wait=300000ms'));
});

test('plugins #138: job and group are required, in this order, and empty counts as missing', async (t) => {
  const { origin } = await serveNomad(t, new FakeNomad(virtualClock()));
  const session = plugin.open(testWorld());
  t.after(() => session.close());
  await session.setConfig({ nomad_address: origin }, never);
  const missing = (config: Record<string, string>) =>
    Promise.resolve()
      .then(() => session.status(config, never))
      .then(
        () => assert.fail('it answered'),
        (error: Error) => error.message,
      );
  assert.match(await missing({ Group: 'app' }), /^required config key "Job" not found/);
  assert.match(await missing({ Job: '', Group: '' }), /^required config key "Job" not found/);
  assert.equal(await missing({ Job: 'web', Group: '' }), 'required config key "Group" not found');
});

// The suite of the SDK wants a Nomad: one in memory, on a port.
const sample = {
  name: 'nomad-target',
  policyConfig: { Job: 'web', Group: 'app', Namespace: 'default' },
  absentPolicyConfig: { Job: 'none', Group: 'app' },
};
for (const { title } of targetConformance(inProcess(plugin), { agentConfig: {}, ...sample, scaleTo: 3 })) {
  test(`as any target: ${title}`, async (t) => {
    const nomad = new FakeNomad(systemClock);
    nomad.put('web', { groups: { app: { Running: 1 } } });
    const { origin } = await serveNomad(t, nomad);
    const agentConfig = { nomad_address: origin, 'nomad_block-query-wait-time': '10s' };
    const suite = targetConformance(inProcess(plugin), { agentConfig, ...sample, scaleTo: 3 });
    await suite.find((one) => one.title === title)?.run();
  });
}

test(
  'the recorded scaling of upstream and ours are the same request',
  needsShared('golden/autoscaler/policies/deployment/requests.jsonl'),
  async () => {
    const path = sharedPath('golden/autoscaler/policies/deployment/requests.jsonl') ?? '';
    const recorded = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          (JSON.parse(line) as { request: { method: string; path: string; query: string; body: unknown } }).request,
      )
      .find(({ method }) => method === 'PUT');
    assert.ok(recorded !== undefined);
    const requests: HttpRequest[] = [];
    const client = nomadClient(
      { address: 'http://127.0.0.1:4646', region: 'stage', tls: {}, waitMs: 300_000 },
      async (request) => {
        requests.push(request);
        return text(400, 'job scaling blocked due to active deployment');
      },
    );
    const { Meta, Message, Count } = recorded.body as { Meta: Action['meta']; Message: string; Count: number };
    const action: Action = { direction: 'up', count: Count, reason: Message, meta: Meta };
    const jobs = new JobView(client, { clock: virtualClock(), random: () => 0.5, log: noLog });
    const outcome = await scaleGroup({ client, jobs }, action, group, never);
    assert.equal(outcome.kind, 'no-op');
    assert.equal(requests[0]?.path, `${recorded.path}?${recorded.query}`);
    assert.deepEqual(JSON.parse(requests[0]?.body ?? ''), recorded.body);
  },
);

test('the executable serves the same target', async (t) => {
  const nomad = new FakeNomad(systemClock);
  nomad.put('web', { groups: { app: { Running: 1 } } });
  const { origin } = await serveNomad(t, nomad);
  const main = new URL('../../../../plugins/target/nomad/main.ts', import.meta.url).pathname;
  const command = { path: process.execPath, args: ['--conditions=source', main], env: process.env };
  const { info, session } = await asProcess('target', command).open();
  t.after(() => session.close());
  assert.deepEqual(info, { name: 'nomad-target', type: 'target' });
  await session.setConfig({ nomad_address: origin }, never);
  const config = { Job: 'web', Group: 'app' };
  assert.equal((await session.status(config, never))?.count, 1);
  assert.deepEqual(await session.scale(up, config, never), { kind: 'scaled' });
  const after = await session.status(config, never);
  assert.deepEqual([after?.count, after?.desired, after?.ready], [3, 3, true]);
});
