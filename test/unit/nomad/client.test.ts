import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, inContext } from '../../../src/lib/error.ts';
import { allocationStats } from '../../../src/nomad/allocations.ts';
import { nomadClient, nomadRefusal } from '../../../src/nomad/client.ts';
import { jobScaleStatus, listJobs, scaleJob } from '../../../src/nomad/jobs.ts';
import { acquireLock, releaseLock, renewLock } from '../../../src/nomad/locks.ts';
import { drainNode, listNodes, purgeNode, setNodeEligibility } from '../../../src/nomad/nodes.ts';
import type { NomadSettings } from '../../../src/nomad/settings.ts';
import { throughFetch } from '../../../src/nomad/through-fetch.ts';
import type { HttpAnswer, HttpRequest } from '../../../src/nomad/transport.ts';
import { json, never, text } from '../../support/nomad.ts';

const plain: NomadSettings = { address: 'http://nomad.test:4646', tls: {}, waitMs: 300_000 };

function recorded(settings: Partial<NomadSettings> = {}, answer: HttpAnswer = json({})) {
  const requests: HttpRequest[] = [];
  const client = nomadClient({ ...plain, ...settings }, async (request) => {
    requests.push(request);
    return answer;
  });
  return { client, requests };
}

test('every request carries namespace, region and wait, by name, as upstream’s', async () => {
  const { client, requests } = recorded({ region: 'stage', namespace: 'default' }, json([]));
  await listJobs(client, '*', 7, never);
  await allocationStats(recorded().client, 'a', 'default', never);
  assert.equal(requests[0]?.path, '/v1/jobs?index=7&namespace=%2A&region=stage&wait=300000ms');
  assert.equal(requests[0]?.held, true);
});

test('a call’s own namespace comes before the client’s, and no namespace is no parameter', async () => {
  const own = recorded({ namespace: '*' });
  await jobScaleStatus(own.client, { id: 'web', namespace: 'prod' }, never);
  assert.equal(own.requests[0]?.path, '/v1/job/web/scale?namespace=prod&wait=300000ms');
  const none = recorded({ waitMs: 0 }, json([]));
  await listNodes(none.client, false, never);
  assert.equal(none.requests[0]?.path, '/v1/nodes');
});

test('a job’s ID is one segment of the path, whatever it holds', async () => {
  const { client, requests } = recorded({ waitMs: 0 });
  await jobScaleStatus(client, { id: 'etl/periodic 1?&', namespace: 'a b' }, never);
  assert.equal(requests[0]?.path, '/v1/job/etl%2Fperiodic%201%3F%26/scale?namespace=a%20b');
});

test('token and user go into headers, and a user in the address wins', async () => {
  const { client, requests } = recorded({ token: 'tok', httpAuth: 'bob:secret:x' });
  await jobScaleStatus(client, { id: 'w', namespace: 'd' }, never);
  assert.deepEqual(requests[0]?.headers, {
    'x-nomad-token': 'tok',
    authorization: `Basic ${Buffer.from('bob:secret:x').toString('base64')}`,
  });
  const inAddress = recorded({ address: 'http://eve:p%40ss@nomad.test', httpAuth: 'bob' });
  await jobScaleStatus(inAddress.client, { id: 'w', namespace: 'd' }, never);
  assert.equal(inAddress.requests[0]?.headers['authorization'], `Basic ${Buffer.from('eve:p@ss').toString('base64')}`);
  const userOnly = recorded({ httpAuth: 'bob' });
  await jobScaleStatus(userOnly.client, { id: 'w', namespace: 'd' }, never);
  assert.equal(userOnly.requests[0]?.headers['authorization'], `Basic ${Buffer.from('bob:').toString('base64')}`);
});

test('a token that no header can hold is refused without being shown', () => {
  assert.throws(
    () => recorded({ token: 'geheim\nX: y' }),
    (error: Error) => error.message.includes('x-nomad-token') && !error.message.includes('geheim'),
  );
});

test('a refusal has upstream’s text, its status, and nothing secret in it', async () => {
  const { client } = recorded({ token: 'tok-123' }, text(403, 'Permission denied for tok-123\n'));
  const failed = jobScaleStatus(client, { id: 'w', namespace: 'd' }, never);
  await assert.rejects(failed, {
    message: 'Unexpected response code: 403 (Permission denied for ***)',
    retryable: false,
  });
  const wrapped = inContext('reading', await failed.catch((error: unknown) => error));
  assert.equal(nomadRefusal(inContext('outer', wrapped))?.status, 403);
  assert.equal(explain(wrapped), 'reading: Unexpected response code: 403 (Permission denied for ***)');
});

test('a refusal as long as a page is cut', async () => {
  const { client } = recorded({}, text(500, 'x'.repeat(100_000)));
  await assert.rejects(
    jobScaleStatus(client, { id: 'w', namespace: 'd' }, never),
    (error: Error) => error.message.length < 2_100,
  );
});

test('429 and 5xx may pass by themselves', async () => {
  for (const [status, retryable] of [
    [400, false],
    [404, false],
    [429, true],
    [500, true],
    [503, true],
  ] as const) {
    const { client } = recorded({}, text(status, 'no'));
    await assert.rejects(jobScaleStatus(client, { id: 'w', namespace: 'd' }, never), { status, retryable });
  }
});

test('answers that are cut, empty, no JSON or of another shape say so', async () => {
  const bodies = {
    '{"JobID": "w"': 'no JSON',
    '': 'it is empty',
    '<html>': 'no JSON',
    '[]': 'an object',
    null: 'an object',
  };
  for (const [body, why] of Object.entries(bodies)) {
    const { client } = recorded({}, text(200, body));
    await assert.rejects(
      jobScaleStatus(client, { id: 'w', namespace: 'd' }, never),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'bad_answer');
        return error.message.includes(why) && error.message.includes('/v1/job/w/scale');
      },
    );
  }
  await assert.rejects(listJobs(recorded({}, json({})).client, '*', undefined, never), { code: 'bad_answer' });
  assert.deepEqual((await listJobs(recorded({}, json(null)).client, '*', undefined, never)).value, []);
});

test('the body of a scaling is upstream’s, member by member', async () => {
  const { client, requests } = recorded({ region: 'stage' });
  const meta = { nomad_policy_id: '957e5813' };
  const request = {
    Count: 2,
    Target: { Group: 'app', Job: 'web' },
    Message: 'because',
    Error: false,
    Meta: meta,
    PolicyOverride: false,
    JobModifyIndex: 0,
  };
  await scaleJob(client, 'web', 'default', request, never);
  assert.equal(requests[0]?.method, 'PUT');
  assert.equal(requests[0]?.path, '/v1/job/web/scale?namespace=default&region=stage&wait=300000ms');
  assert.deepEqual(JSON.parse(requests[0]?.body ?? ''), { ...request, Region: '', Namespace: '', SecretID: '' });
});

test('a drain answers with the index from which to watch it', async () => {
  const { client, requests } = recorded(
    {},
    { status: 200, headers: { 'x-nomad-index': '77' }, body: '{"EvalIDs":null}' },
  );
  const spec = { Deadline: 3_600_000_000_000, IgnoreSystemJobs: true };
  const { index } = await drainNode(client, { NodeID: 'n1', DrainSpec: spec, MarkEligible: false, Meta: null }, never);
  assert.equal(index, 77);
  assert.equal(requests[0]?.path, '/v1/node/n1/drain?wait=300000ms');
});

test('a node is made ineligible, and removed', async () => {
  const { client, requests } = recorded({}, json({ NodeModifyIndex: 7 }));
  await setNodeEligibility(client, 'n1', 'ineligible', never);
  await purgeNode(client, 'n1', never);
  assert.deepEqual(
    requests.map(({ method, path, body }) => [method, path, body]),
    [
      ['PUT', '/v1/node/n1/eligibility?wait=300000ms', '{"NodeID":"n1","Eligibility":"ineligible"}'],
      ['PUT', '/v1/node/n1/purge?wait=300000ms', undefined],
    ],
  );
});

test('a lock is acquired, renewed and released with upstream’s bodies; a conflict is an answer', async () => {
  const lock = { namespace: 'default', path: 'nomad-autoscaler/lock', ttlMs: 60_000, delayMs: 30_000 };
  const { client, requests } = recorded({}, json({ Lock: { ID: 'abc' } }));
  assert.equal(await acquireLock(client, lock, never), 'abc');
  assert.equal(await renewLock(client, lock, 'abc', never), true);
  assert.equal(await releaseLock(client, lock, 'abc', never), true);
  assert.equal(requests[0]?.path, '/v1/var/nomad-autoscaler/lock?lock-acquire=&namespace=default&wait=300000ms');
  const bodies = requests.map(({ body }) => JSON.parse(body ?? '') as { Lock: unknown });
  assert.deepEqual(
    bodies.map(({ Lock }) => Lock),
    [{ TTL: '1m0s', LockDelay: '30s' }, { TTL: '1m0s', LockDelay: '30s', ID: 'abc' }, { ID: 'abc' }],
  );
  const taken = recorded({}, text(409, '{}')).client;
  assert.equal(await acquireLock(taken, lock, never), undefined);
  assert.equal(await renewLock(taken, lock, 'abc', never), false);
  await assert.rejects(acquireLock(recorded({}, text(500, 'no leader')).client, lock, never), { status: 500 });
});

test('the embedded Nomad’s router serves as a transport', async () => {
  const fetch = async (request: Request) => {
    assert.equal(request.url, 'http://embedded/v1/jobs?index=3&namespace=%2A&wait=300000ms');
    return new Response('[{"ID":"web"}]', { headers: { 'X-Nomad-Index': '4' } });
  };
  const client = nomadClient(plain, throughFetch(fetch, 'http://embedded'));
  assert.deepEqual(await listJobs(client, '*', 3, never), { value: [{ ID: 'web' }], index: 4 });
});
