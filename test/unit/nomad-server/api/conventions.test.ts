/** What holds for every endpoint: methods, parameters, pages, filters, errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

test('nomad-api #1: an empty server lists no jobs, with all three headers', async () => {
  const answer = await testNomad().get('/v1/jobs');
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, []);
  assert.equal(answer.headers['X-Nomad-Index'], '0');
  assert.equal(answer.headers['X-Nomad-KnownLeader'], 'true');
  assert.equal(answer.headers['X-Nomad-LastContact'], '0');
});

test('nomad-api #2: pretty answers are indented and end in a newline', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  const { text } = await nomad.get('/v1/jobs?pretty');
  assert.match(text, /^\[\n {4}\{\n {8}"/);
  assert.ok(text.endsWith(']\n'));
});

const refused: readonly (readonly [string, string, string, number, string])[] = [
  ['nomad-api #3: a bad index', 'GET', '/v1/jobs?index=abc', 400, 'Invalid index'],
  ['nomad-api #4: a bad wait time', 'GET', '/v1/jobs?index=1&wait=zz', 400, 'Invalid wait time'],
  [
    'nomad-api #5: a bad page size',
    'GET',
    '/v1/jobs?per_page=x',
    400,
    'Expect a number for `per_page` query string parameter',
  ],
  ['nomad-api #6: a wrong method', 'DELETE', '/v1/jobs', 405, 'Invalid method'],
  ['nomad-api #7: an unknown path', 'GET', '/v1/unknown', 404, ''],
  ['nomad-api #26: a missing job', 'GET', '/v1/job/x', 404, 'job not found'],
  ['nomad-api #21: an empty body', 'PUT', '/v1/jobs', 400, 'Request body is empty'],
  ['nomad-api #43: the scale status of a missing job', 'GET', '/v1/job/x/scale', 404, 'job not found'],
  [
    'nomad-api #101: an odd prefix',
    'GET',
    '/v1/nodes?prefix=abc',
    500,
    'node lookup failed: index error: Input (without hyphens) must be even length',
  ],
  [
    'nomad-api #102: a short node ID',
    'GET',
    '/v1/node/x',
    500,
    'node lookup failed: index error: UUID must be 36 characters',
  ],
  ['a foreign region', 'GET', '/v1/jobs?region=mars', 500, 'No path to region'],
];
for (const [title, method, url, status, text] of refused) {
  test(`${title} is answered ${status} with Nomad's text`, async () => {
    const answer = await testNomad().send(method, url);
    assert.equal(answer.status, status);
    assert.equal(answer.text, text);
  });
}

test('nomad-api #20: a registration without a job is refused', async () => {
  const answer = await testNomad().put('/v1/jobs', {});
  assert.equal(answer.status, 400);
  assert.equal(answer.text, 'Job must be specified');
});

test('nomad-api #18: a filter that is no expression is refused in the words that the command line looks for', async () => {
  const answer = await testNomad().get('/v1/jobs?filter=(((');
  assert.equal(answer.status, 400);
  assert.ok(answer.text.startsWith('failed to create result paginator'));
});

async function withJobs(count: number): Promise<TestNomad> {
  const nomad = testNomad();
  for (let at = 0; at < count; at++) await nomad.put('/v1/jobs', jobBody(`a${String(at).padStart(2, '0')}`));
  return nomad;
}

test('nomad-api #13, #14: pages follow each other by the token of their first job', async () => {
  const nomad = await withJobs(25);
  const first = await nomad.get('/v1/jobs?per_page=10');
  assert.equal(first.json.length, 10);
  assert.equal(first.headers['X-Nomad-NextToken'], 'default.a10');
  const second = await nomad.get('/v1/jobs?per_page=10&next_token=default.a10');
  assert.equal(second.json.length, 10);
  const third = await nomad.get(`/v1/jobs?per_page=10&next_token=${second.headers['X-Nomad-NextToken']}`);
  assert.equal(third.json.length, 5);
  assert.equal(third.headers['X-Nomad-NextToken'], undefined);
});

test('allocations that were made at once come page by page, each of them once', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('a', { count: 10 }));
  await nomad.clock.advance(100);
  const ids: string[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const page = await nomad.get(`/v1/allocations?per_page=3&next_token=${token}`);
    ids.push(...page.json.map((one: { ID: string }) => one.ID));
    token = page.headers['X-Nomad-NextToken'];
  }
  assert.deepEqual([ids.length, new Set(ids).size], [10, 10]);
});

test('nomad-api #15: a prefix finds the job and the longer one, in order', async () => {
  const nomad = testNomad();
  for (const id of ['webhook', 'web', 'api']) await nomad.put('/v1/jobs', jobBody(id));
  const { json } = await nomad.get('/v1/jobs?prefix=web&per_page=20');
  assert.deepEqual(
    json.map((job: { ID: string }) => job.ID),
    ['web', 'webhook'],
  );
});

test('nomad-api #16: reversed evaluations come newest first', async () => {
  const nomad = await withJobs(3);
  const { json } = await nomad.get('/v1/evaluations?reverse=true');
  const indexes = json.map((one: { CreateIndex: number }) => one.CreateIndex);
  assert.deepEqual(
    indexes,
    indexes.toSorted((a: number, b: number) => b - a),
  );
});

test('nomad-api #17: a filter on the status finds only the nodes that are down', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const gone = nomad.server.simulation.find('n2');
  assert.ok(gone);
  nomad.server.simulation.leave(gone);
  const { json } = await nomad.get(`/v1/nodes?filter=${encodeURIComponent('Status == "down"')}`);
  assert.deepEqual(
    json.map((node: { Name: string }) => node.Name),
    ['n2'],
  );
});

const filters: readonly (readonly [string, readonly string[]])[] = [
  ['ID == "b"', ['b']],
  ['ID != "b" and Priority == 50', ['a']],
  ['ID == "a" or (ID == "b" and not Stop == "true")', ['a', 'b']],
  ['"dc1" in Datacenters', ['a', 'b']],
  ['"dc9" not in Datacenters', ['a', 'b']],
  ['Datacenters contains "dc9"', []],
  ['Meta is empty', ['a', 'b']],
  ['Periodic is not nil', []],
  ['ID matches "^[b-z]$"', ['b']],
  ['ID not matches "^[b-z]$"', ['a']],
  ['Priority > 49', ['a', 'b']],
];
for (const [expression, ids] of filters) {
  test(`the filter ${expression} finds ${ids.join(', ') || 'nothing'}`, async () => {
    const nomad = testNomad();
    for (const id of ['a', 'b']) await nomad.put('/v1/jobs', jobBody(id));
    const { json, text } = await nomad.get(`/v1/jobs?filter=${encodeURIComponent(expression)}`);
    assert.deepEqual(json?.map((job: { ID: string }) => job.ID) ?? text, ids);
  });
}

test('a filter whose regular expression is none is refused, as any that cannot be read', async () => {
  const { status, text } = await testNomad().get(`/v1/jobs?filter=${encodeURIComponent('ID matches "a("')}`);
  assert.equal(status, 400);
  assert.match(text, /failed to compile regular expression "a\(": error parsing regexp: missing closing \): `a\(`$/);
});

test('nomad-api #19: a job of another namespace is listed there and everywhere, not by default', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/namespace', { Name: 'qa' });
  await nomad.put('/v1/jobs?namespace=qa', jobBody('web'));
  assert.equal((await nomad.get('/v1/jobs')).json.length, 0);
  assert.equal((await nomad.get('/v1/jobs?namespace=qa')).json.length, 1);
  assert.equal((await nomad.get('/v1/jobs?namespace=*')).json.length, 1);
});

test('nomad-api #92, #93: a namespace has a decent name, and the default one stays', async () => {
  const nomad = testNomad();
  const bad = await nomad.put('/v1/namespace', { Name: 'bad name' });
  assert.equal(bad.status, 500);
  assert.match(bad.text, /Must match regex \^\[a-zA-Z0-9-\]\{1,128\}\$/);
  assert.equal((await nomad.delete('/v1/namespace/default')).text, 'can not delete default namespace');
});

test('nomad-api #94: a new node pool stands beside the built-in ones', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/node/pools', { Name: 'gpu' });
  const { json } = await nomad.get('/v1/node/pools');
  assert.deepEqual(
    json.map((pool: { Name: string }) => pool.Name),
    ['all', 'default', 'gpu'],
  );
});

test('nomad-api #86: the leader is the one member', async () => {
  const nomad = testNomad();
  const [member] = (await nomad.get('/v1/agent/members')).json.Members;
  assert.equal((await nomad.get('/v1/status/leader')).json, `${member.Addr}:${member.Tags.port}`);
});

test('nomad-api #100: any token is as good as none', async () => {
  const nomad = testNomad();
  const headers = { 'x-nomad-token': 'anything' };
  const answer = await nomad.server.handle({ method: 'GET', url: '/v1/jobs', body: '', headers, signal: undefined });
  assert.equal(answer.status, 200);
});

test('a node that is not there has no allocations, whatever its ID looks like', async () => {
  const answer = await testNomad().get('/v1/node/nope/allocations');
  assert.deepEqual([answer.status, answer.json], [200, []]);
});

test('node pools come in pages, with the time that identities of their nodes live', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/node/pools', { Name: 'gpu', NodeIdentityTTL: '720h0m0s' });
  const page = await nomad.get('/v1/node/pools?per_page=2');
  assert.deepEqual([page.json.length, page.headers['X-Nomad-NextToken']], [2, 'gpu']);
  const [gpu] = (await nomad.get('/v1/node/pools?per_page=2&next_token=gpu')).json;
  assert.deepEqual([gpu.Name, gpu.NodeIdentityTTL], ['gpu', 720 * 3600e9]);
  assert.equal((await nomad.get('/v1/node/pool/default/nodes?per_page=1')).json.length, 1);
  const refused = await nomad.put('/v1/node/pools', { Name: 'x', NodeIdentityTTL: 'soon' });
  assert.deepEqual([refused.status, refused.text], [400, 'time: invalid duration "soon"']);
});

test('the pages of a web UI that commands name say that there is none', async () => {
  const nomad = testNomad();
  for (const path of ['/ui/', '/ui/jobs/example@default']) {
    const { status, text } = await nomad.get(path);
    assert.equal(status, 200);
    assert.match(text, /has no UI/);
  }
});
