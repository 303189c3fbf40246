import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const as = (nomad: TestNomad, secret: string) => (method: string, url: string, body?: unknown) =>
  nomad.read({
    method,
    url,
    headers: { 'x-nomad-token': secret },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

type Asking = ReturnType<typeof as>;

/** ACLs on, with a manager and somebody whom `rules` allow what they allow. */
async function guarded(rules: string): Promise<{ nomad: TestNomad; manager: Asking; client: Asking }> {
  const nomad = testNomad({ acl: true });
  const manager = as(nomad, (await nomad.put('/v1/acl/bootstrap')).json.SecretID);
  assert.equal((await manager('PUT', '/v1/acl/policy/p', { Name: 'p', Rules: rules })).status, 200);
  const token = await manager('PUT', '/v1/acl/token', { Name: 't', Type: 'client', Policies: ['p'] });
  return { nomad, manager, client: as(nomad, token.json.SecretID) };
}

test('the first token is given once', async () => {
  const nomad = testNomad({ acl: true });
  assert.equal((await nomad.get('/v1/jobs')).status, 403);
  assert.equal((await nomad.put('/v1/acl/bootstrap')).status, 200);
  const again = await nomad.put('/v1/acl/bootstrap');
  assert.equal(again.status, 400);
  assert.match(again.text, /^ACL bootstrap already done \(reset index: \d+\)$/);
});

test('the manager may do everything, a stranger nothing, and what is named nowhere is for managers', async () => {
  const { nomad, manager, client } = await guarded('namespace "default" {\n policy = "write"\n}');
  assert.equal((await manager('PUT', '/v1/system/gc')).status, 200);
  assert.equal((await client('PUT', '/v1/system/gc')).status, 403);
  assert.equal((await client('PUT', '/v1/_sim/nodes', { name: 'x' })).status, 403);
  assert.equal((await as(nomad, 'ffffffff-0000-4000-8000-000000000000')('GET', '/v1/nodes')).status, 403);
});

test('an unknown token opens nothing, not even what a handler guards itself', async () => {
  const { nomad, manager } = await guarded('');
  await manager('PUT', '/v1/jobs', jobBody('web'));
  await manager('PUT', '/v1/var/a', { Items: { k: 'v' } });
  for (const secret of ['ffffffff-0000-4000-8000-000000000000', 'notauuid']) {
    const stranger = as(nomad, secret);
    assert.equal((await stranger('GET', '/v1/vars')).status, 403);
    assert.equal((await stranger('PUT', '/v1/search', { Prefix: '', Context: 'all' })).status, 403);
    assert.equal((await stranger('PUT', '/v1/search/fuzzy', { Text: 'web', Context: 'all' })).status, 403);
    assert.equal((await stranger('GET', '/v1/event/stream')).status, 403);
    assert.equal((await stranger('GET', '/v1/status/leader')).status, 200);
  }
});

test('a job goes where its token may submit, wherever the request hides the namespace', async () => {
  const { manager, client } = await guarded('namespace "default" {\n policy = "write"\n}');
  await manager('PUT', '/v1/namespace', { Name: 'qa' });
  assert.equal((await client('PUT', '/v1/jobs', jobBody('web'))).status, 200);
  assert.equal((await manager('GET', '/v1/job/web')).json.NomadTokenID.length, 36);
  const inJob = jobBody('web', { job: { Namespace: 'qa' } });
  assert.equal((await client('PUT', '/v1/jobs', inJob)).status, 403);
  assert.equal((await client('PUT', '/v1/jobs', { ...jobBody('web'), Namespace: 'qa' })).status, 403);
  assert.equal((await client('PUT', '/v1/jobs?namespace=qa', jobBody('web'))).status, 403);
});

test('lists over all namespaces show those that may be read', async () => {
  const { manager, client } = await guarded('namespace "qa" {\n policy = "read"\n}');
  await manager('PUT', '/v1/namespace', { Name: 'qa' });
  await manager('PUT', '/v1/jobs', jobBody('seen', { job: { Namespace: 'qa' } }));
  await manager('PUT', '/v1/jobs', jobBody('hidden'));
  const ids = async (asking: Asking) =>
    (await asking('GET', '/v1/jobs?namespace=*')).json.map((one: { ID: string }) => one.ID).sort();
  assert.deepEqual(await ids(manager), ['hidden', 'seen']);
  assert.deepEqual(await ids(client), ['seen']);
  assert.deepEqual((await client('GET', '/v1/namespaces')).json.length, 1);
  assert.equal((await client('GET', '/v1/jobs')).status, 403);
  const found = await client('PUT', '/v1/search?namespace=*', { Prefix: '', Context: 'jobs' });
  assert.deepEqual(found.json.Matches.jobs, ['seen']);
});

test("objects are guarded by their own namespace, whatever the request's is", async () => {
  const { nomad, manager, client } = await guarded('namespace "qa" {\n policy = "write"\n}');
  await manager('PUT', '/v1/namespace', { Name: 'qa' });
  const { EvalID } = (await manager('PUT', '/v1/jobs', jobBody('hidden'))).json;
  await nomad.clock.advance(1000);
  const [allocation] = (await manager('GET', '/v1/allocations')).json;
  const [deployment] = (await manager('GET', '/v1/deployments')).json;
  for (const path of [`evaluation/${EvalID}`, `allocation/${allocation.ID}`, `deployment/${deployment.ID}`]) {
    assert.equal((await client('GET', `/v1/${path}?namespace=qa`)).status, 403, path);
    assert.equal((await manager('GET', `/v1/${path}`)).status, 200, path);
  }
  const fail = `/v1/deployment/fail/${deployment.ID}?namespace=qa`;
  assert.equal((await client('PUT', fail, { DeploymentID: deployment.ID })).status, 403);
  assert.equal((await client('GET', `/v1/client/allocation/${allocation.ID}/stats?namespace=qa`)).status, 403);
});

test('a policy takes effect when it is written, and a token none any more when it is deleted', async () => {
  const { manager, client } = await guarded('namespace "default" {\n policy = "read"\n}');
  assert.equal((await client('GET', '/v1/nodes')).status, 403);
  await manager('PUT', '/v1/acl/policy/p', { Name: 'p', Rules: 'node {\n policy = "read"\n}' });
  assert.equal((await client('GET', '/v1/nodes')).status, 200);
  const own = (await client('GET', '/v1/acl/token/self')).json;
  assert.equal((await client('DELETE', `/v1/acl/token/${own.AccessorID}`)).status, 403);
  assert.equal((await manager('DELETE', `/v1/acl/token/${own.AccessorID}`)).status, 200);
  assert.equal((await client('GET', '/v1/nodes')).status, 403);
});

test('lists of tokens and policies show neither secrets nor rules', async () => {
  const { manager } = await guarded('node {\n policy = "read"\n}');
  for (const token of (await manager('GET', '/v1/acl/tokens')).json) assert.ok(!('SecretID' in token));
  for (const policy of (await manager('GET', '/v1/acl/policies')).json) assert.ok(!('Rules' in policy));
});

test('who may not see a topic follows a stream that stays empty', async () => {
  const { nomad, client } = await guarded('namespace "default" {\n policy = "read"\n}');
  const [{ SecretID }] = [(await client('GET', '/v1/acl/token/self')).json];
  const follow = async (query: string) => {
    const stop = new AbortController();
    const headers = { 'x-nomad-token': SecretID };
    const answered = nomad.read({ url: `/v1/event/stream${query}`, headers, signal: stop.signal });
    await nomad.clock.advance(0);
    stop.abort();
    return (await answered).text;
  };
  assert.equal(await follow('?topic=Node'), '');
  assert.equal(await follow(''), '');
  assert.equal(await follow('?topic=Job&namespace=*'), '');
  assert.match(await follow('?topic=Job'), /^\{\}\n/);
});

test('a drain remembers who asked for it', async () => {
  const { client } = await guarded('node {\n policy = "write"\n}');
  const [node] = (await client('GET', '/v1/nodes')).json;
  await client('PUT', `/v1/node/${node.ID}/drain`, { DrainSpec: { Deadline: 0 } });
  const { AccessorID } = (await client('GET', '/v1/acl/token/self')).json;
  assert.equal((await client('GET', `/v1/node/${node.ID}`)).json.LastDrain.AccessorID, `token:${AccessorID}`);
});

test('no spelling of a path and no body gets around a namespace', async () => {
  const { manager, client } = await guarded(
    'namespace "default" {\n policy = "scale"\n}\nnamespace "qa" {\n policy = "write"\n variables {\n path "*" {\n capabilities = ["write"]\n }\n }\n}\nnode {\n policy = "read"\n}',
  );
  await manager('PUT', '/v1/namespace', { Name: 'qa' });
  await manager('PUT', '/v1/jobs', jobBody('web'));
  assert.equal((await client('PUT', '/v1/job/x%2Fscale', jobBody('x/scale'))).status, 403);
  const dressed = { ...jobBody('web', { job: { Namespace: 'qa' } }), Namespace: 'qa', JobID: 'web', JobVersion: 0 };
  assert.equal((await client('PUT', '/v1/job/web/stable', { ...dressed, Stable: true })).status, 403);
  assert.equal((await client('PUT', '/v1/job/web/plan', dressed)).status, 200);
  assert.equal((await client('PUT', '/v1/var/a?namespace=qa', { Items: { k: 'v' } })).status, 200);
  const elsewhere = { Namespace: 'default', Items: { k: 'v' } };
  assert.equal((await client('PUT', '/v1/var/a?namespace=qa', elsewhere)).status, 403);
});

test("a node's allocations are those of namespaces that may be read", async () => {
  const { nomad, manager, client } = await guarded(
    'namespace "qa" {\n policy = "read"\n}\nnode {\n policy = "read"\n}',
  );
  await manager('PUT', '/v1/namespace', { Name: 'qa' });
  await manager('PUT', '/v1/jobs', jobBody('hidden'));
  await manager('PUT', '/v1/jobs', jobBody('seen', { job: { Namespace: 'qa' } }));
  await nomad.clock.advance(1000);
  const [node] = (await client('GET', '/v1/nodes')).json;
  const jobs = async (asking: Asking) =>
    (await asking('GET', `/v1/node/${node.ID}/allocations`)).json.map((one: { JobID: string }) => one.JobID).sort();
  assert.deepEqual(await jobs(manager), ['hidden', 'seen']);
  assert.deepEqual(await jobs(client), ['seen']);
});

test('who may read logs may not read other files for that', async () => {
  const { nomad, manager, client } = await guarded('namespace "default" {\n capabilities = ["read-logs"]\n}');
  await manager('PUT', '/v1/jobs', jobBody('web'));
  await nomad.clock.advance(1000);
  const [{ ID: id }] = (await manager('GET', '/v1/job/web/allocations')).json;
  const path = (action: string) =>
    `/v1/client/fs/${action}/${id}?path=alloc/logs/t.stdout.0&task=t&type=stdout&plain=true`;
  const statuses = async (asking: Asking) => {
    const answers = await Promise.all(['logs', 'stat', 'cat'].map((action) => asking('GET', path(action))));
    return answers.map(({ status }) => status);
  };
  assert.deepEqual(await statuses(manager), [200, 200, 200]);
  assert.deepEqual(await statuses(client), [200, 403, 403]);
});

test('the first token may bring its secret, if that is one', async () => {
  const nomad = testNomad({ acl: true });
  const secret = '2b778dd9-f5f1-6f29-b4b4-9a5fa948757a';
  const refused = await nomad.put('/v1/acl/bootstrap', { BootstrapSecret: 'badtoken' });
  assert.deepEqual([refused.status, refused.text], [400, 'invalid acl token']);
  assert.equal((await nomad.put('/v1/acl/bootstrap', { BootstrapSecret: secret })).json.SecretID, secret);
  assert.equal((await as(nomad, secret)('GET', '/v1/jobs')).status, 200);
});

test('a token gets another name and other policies; its secret and its time stay', async () => {
  const { manager } = await guarded('');
  const wish = { Name: 'a', Type: 'client', Policies: ['p'] };
  const { json: token } = await manager('PUT', '/v1/acl/token', wish);
  const url = `/v1/acl/token/${token.AccessorID}`;
  const { json: after } = await manager('PUT', url, { ...token, Name: 'b', Policies: ['q'] });
  assert.deepEqual([after.Name, after.Policies, after.SecretID], ['b', ['q'], token.SecretID]);
  assert.ok(after.ModifyIndex > token.ModifyIndex);
  for (const wrong of [{ ExpirationTTL: '10m' }, { Global: true }, { AccessorID: 'x' }]) {
    assert.equal((await manager('PUT', url, { ...token, ...wrong })).status, 400);
  }
});

test('a token that lives for a time opens nothing any more after it', async () => {
  const { nomad, manager } = await guarded('namespace "default" {\n policy = "read"\n}');
  const wish = { Name: 'a', Type: 'client', Policies: ['p'] };
  const { json: token } = await manager('PUT', '/v1/acl/token', { ...wish, ExpirationTTL: '10m0s' });
  assert.equal(token.ExpirationTTL, '10m0s');
  assert.equal(Date.parse(token.ExpirationTime), nomad.clock.now() + 600_000);
  const bearer = as(nomad, token.SecretID);
  assert.equal((await bearer('GET', '/v1/jobs')).status, 200);
  await nomad.clock.advance(600_000);
  assert.equal((await bearer('GET', '/v1/jobs')).status, 403);
  for (const ExpirationTTL of ['1s', '25h', 'soon']) {
    assert.equal((await manager('PUT', '/v1/acl/token', { ...wish, ExpirationTTL })).status, 400);
  }
});

test('who waits for another list of tokens or policies hears of the next one', async () => {
  const { nomad, manager } = await guarded('namespace "default" {\n policy = "read"\n}');
  for (const [url, write] of [
    ['/v1/acl/tokens', () => manager('PUT', '/v1/acl/token', { Name: 'next', Type: 'client', Policies: ['p'] })],
    ['/v1/acl/policies', () => manager('PUT', '/v1/acl/policy/next', { Name: 'next', Rules: 'agent {}' })],
  ] as const) {
    const index = (await manager('GET', url)).headers['X-Nomad-Index'];
    const waiting = manager('GET', `${url}?index=${index}&wait=60s`);
    await nomad.clock.advance(1000);
    assert.equal((await write()).status, 200);
    const { json, headers } = await waiting;
    assert.ok(json.some(({ Name }: { readonly Name: string }) => Name === 'next'));
    assert.ok(Number(headers['X-Nomad-Index']) > Number(index));
  }
});
