/** The state between two lives of the server: as text and back, and what a server makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SavedState } from '../../../src/nomad-server/saved-state.ts';
import type { NomadServerConfig } from '../../../src/nomad-server/server.ts';
import { decodeState, encodeState } from '../../../src/nomad-server/snapshot.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const threeNodes = { nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }] };

const throughText = (state: SavedState): SavedState => decodeState(encodeState(state));

/** Another server that goes on with what the first one left, at the same moment. */
async function nextLife(first: TestNomad, config: NomadServerConfig = {}, lateMs = 0): Promise<TestNomad> {
  const state = throughText(first.server.savedState());
  const next = testNomad({ nodes: [], ...config, state }, 2, first.clock.now() + lateMs);
  first.server.close();
  return next;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
const rows = async (nomad: TestNomad, url: string): Promise<readonly any[]> => (await nomad.get(url)).json;

const running = async (nomad: TestNomad, job: string): Promise<number> =>
  (await nomad.get(`/v1/job/${job}/scale`)).json.TaskGroups.g.Running;

/** Something of everything: jobs of all types that start, stop, fail, move and wait, in an order of chance. */
async function livedIn(seed: number): Promise<TestNomad> {
  const random = seededRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const nomad = testNomad(threeNodes);
  const name = () => `job-${below(6)}`;
  const node = async () => (await rows(nomad, '/v1/nodes'))[below(3)]?.ID;
  const task = () => ({ Config: { run_for: `${below(90)}s`, exit_code: below(2) } });
  const steps = [
    () => nomad.put('/v1/jobs', jobBody(name(), { count: below(8), cpu: 100 + below(900) })),
    () => nomad.put('/v1/jobs', jobBody(name(), { type: 'batch', count: below(4), task: task() })),
    () => nomad.put('/v1/jobs', jobBody(name(), { type: 'sysbatch', task: task() })),
    () => nomad.put('/v1/jobs', jobBody(name(), { group: { Scaling: { Min: 0, Max: 9, Policy: { a: [1] } } } })),
    () => nomad.put(`/v1/job/${name()}/scale`, { Count: below(9), Target: { Group: 'g' }, Message: 'why “not”' }),
    () => nomad.delete(`/v1/job/${name()}${below(2) === 0 ? '' : '?purge=true'}`),
    async () => nomad.put(`/v1/node/${await node()}/drain`, { DrainSpec: { Deadline: 60e9 } }),
    async () => nomad.put(`/v1/node/${await node()}/eligibility`, { Eligibility: 'eligible' }),
    () => nomad.put('/v1/_sim/node/n1/leave'),
    () => nomad.put('/v1/_sim/node/n1/return'),
    () => nomad.put(`/v1/var/path-${below(3)}`, { Items: { key: 'ключ\n' } }),
    () => nomad.put('/v1/namespace', { Name: ['end', 'table', 'dev'][below(3)] }),
    () => nomad.clock.advance(below(20_000)),
  ];
  for (let count = 0; count < 40; count++) await steps[below(steps.length)]?.();
  return nomad;
}

const seeds = Array.from({ length: 25 }, (_, at) => at + 1);

test('a state that was written and read again is the same, to the last line and to what its records share', async () => {
  for (const seed of seeds) {
    const nomad = await livedIn(seed);
    const saved = nomad.server.savedState();
    const read = throughText(saved);
    assert.deepEqual(read, saved, `seed ${seed}`);
    assert.deepEqual([...encodeState(read)], [...encodeState(saved)], `seed ${seed}`);
    const jobOf = new Map(read.tables.jobs.rows);
    for (const [, one] of read.tables.allocations.rows) {
      const job = jobOf.get(`${one.Namespace}\u0000${one.JobID}`);
      if (job?.ModifyIndex === one.Job.ModifyIndex) assert.equal(one.Job, job, `seed ${seed}`);
    }
  }
});

test('a server that goes on answers as the one before: the same records, the same indexes, and none goes back', async () => {
  const paths = [
    'jobs',
    'nodes',
    'allocations',
    'evaluations',
    'deployments',
    'scaling/policies',
    'vars',
    'namespaces',
  ];
  for (const seed of seeds) {
    const first = await livedIn(seed);
    const before = await Promise.all(paths.map((path) => first.get(`/v1/${path}?namespace=*`)));
    const usage = [...first.server.store.nodes()].map(({ ID }) => first.server.store.usage(ID));
    const next = await nextLife(first);
    const after = await Promise.all(paths.map((path) => next.get(`/v1/${path}?namespace=*`)));
    for (const [at, path] of paths.entries()) {
      assert.deepEqual(after[at]?.json, before[at]?.json, `${path}, seed ${seed}`);
      assert.equal(after[at]?.headers['X-Nomad-Index'], before[at]?.headers['X-Nomad-Index'], `${path}, seed ${seed}`);
    }
    const { store } = next.server;
    assert.deepEqual(
      [...store.nodes()].map(({ ID }) => store.usage(ID)),
      usage,
      `seed ${seed}`,
    );
    assert.ok(store.index >= first.server.store.index, `seed ${seed}`);
    await next.put('/v1/jobs', jobBody('later'));
    assert.ok((await next.get('/v1/job/later')).json.CreateIndex > first.server.store.index, `seed ${seed}`);
    await next.clock.advance(200_000);
    next.server.close();
  }
});

test('whoever saw what a crash lost hears of the next write all the same', async () => {
  const first = testNomad();
  const kept = throughText(first.server.savedState());
  for (let count = 0; count < 50; count++) await first.put(`/v1/var/v${count}`, { Items: { a: 'b' } });
  const { headers } = await first.get('/v1/vars');
  const next = testNomad({ nodes: [], state: kept }, 2, first.clock.now());
  const waiting = next.get(`/v1/vars?index=${headers['X-Nomad-Index']}&wait=60s`);
  await next.put('/v1/var/later', { Items: { a: 'b' } });
  await next.clock.advance(1000);
  assert.deepEqual(
    (await waiting).json.map(({ Path }: { readonly Path: string }) => Path),
    ['later'],
  );
});

test('what runs goes on running: nothing starts anew, and a task ends when it would have ended', async () => {
  const first = testNomad(threeNodes);
  await first.put('/v1/jobs', jobBody('web', { count: 2 }));
  await first.put('/v1/jobs', jobBody('once', { type: 'batch', task: { Config: { run_for: '60s' } } }));
  await first.clock.advance(30_000);
  const before = await rows(first, '/v1/job/web/allocations');
  const next = await nextLife(first);
  await next.clock.advance(20_000);
  assert.deepEqual(await rows(next, '/v1/job/web/allocations'), before);
  assert.equal((await rows(next, '/v1/job/once/allocations'))[0].ClientStatus, 'running');
  await next.clock.advance(12_000);
  const [once] = await rows(next, '/v1/job/once/allocations');
  assert.deepEqual([once.ClientStatus, once.TaskStates.t.Restarts], ['complete', 0]);
  await next.delete('/v1/job/web');
  await next.clock.advance(2000);
  const ended = await rows(next, '/v1/job/web/allocations');
  assert.deepEqual(
    ended.map(({ ClientStatus }) => ClientStatus),
    ['complete', 'complete'],
  );
});

test('what ended while nobody was there has ended', async () => {
  const first = testNomad();
  await first.put('/v1/jobs', jobBody('once', { type: 'batch', task: { Config: { run_for: '60s' } } }));
  await first.clock.advance(10_000);
  const next = await nextLife(first, {}, 3_600_000);
  await next.clock.advance(1000);
  assert.equal((await rows(next, '/v1/job/once/allocations'))[0].ClientStatus, 'complete');
});

test('pending evaluations run, blocked ones wait for room as before', async () => {
  const first = testNomad();
  await first.put('/v1/jobs', jobBody('big', { count: 2, cpu: 3000 }));
  await first.clock.advance(1000);
  await first.put('/v1/jobs', jobBody('small'));
  const statuses = async (nomad: TestNomad) =>
    (await rows(nomad, '/v1/evaluations')).map(({ JobID, Status }) => `${JobID} ${Status}`).sort();
  assert.deepEqual(await statuses(first), ['big blocked', 'big complete', 'small pending']);
  const next = await nextLife(first);
  await next.clock.advance(2000);
  assert.deepEqual(await statuses(next), ['big blocked', 'big complete', 'small complete']);
  next.server.simulation.join({ name: 'n2' });
  await next.clock.advance(2000);
  assert.deepEqual([await running(next, 'big'), await running(next, 'small')], [2, 1]);
});

test('a rollout goes on: health is still judged, and its deadline still holds', async () => {
  const first = testNomad(threeNodes);
  await first.put('/v1/jobs', jobBody('web', { count: 3 }));
  await first.put('/v1/jobs', jobBody('huge', { cpu: 9000 }));
  await first.clock.advance(700);
  const next = await nextLife(first);
  await next.clock.advance(20_000);
  assert.equal((await next.get('/v1/job/web/deployment')).json.Status, 'successful');

  await next.put(
    '/v1/jobs',
    jobBody('web', { count: 3, task: { Config: { run_for: '100h', start_block_for: '10m' } } }),
  );
  await next.clock.advance(40_000);
  const last = await nextLife(next);
  assert.equal((await last.get('/v1/job/web/deployment')).json.Status, 'running');
  await last.clock.advance(30_000);
  const { Status, StatusDescription } = (await last.get('/v1/job/web/deployment')).json;
  assert.deepEqual([Status, StatusDescription], ['failed', 'Failed due to progress deadline']);
});

test('a drain goes on to its end, and by force at the deadline that it had', async () => {
  const first = testNomad({ nodes: [{ name: 'n1' }] });
  await first.put('/v1/jobs', jobBody('web'));
  await first.clock.advance(30_000);
  const [{ ID: id }] = await rows(first, '/v1/nodes');
  await first.put('/v1/jobs', jobBody('work', { type: 'batch' }));
  await first.clock.advance(5000);
  await first.put(`/v1/node/${id}/drain`, { DrainSpec: { Deadline: 60e9 } });
  await first.clock.advance(30_000);
  const next = await nextLife(first);
  await next.clock.advance(25_000);
  assert.equal((await next.get(`/v1/node/${id}`)).json.Drain, true);
  await next.clock.advance(10_000);
  const node = (await next.get(`/v1/node/${id}`)).json;
  assert.deepEqual([node.Drain, node.LastDrain.Status, node.SchedulingEligibility], [false, 'complete', 'ineligible']);
  assert.deepEqual([await running(next, 'web'), await running(next, 'work')], [0, 0]);
});

test('a failed task is tried again when its time comes, and a failed allocation elsewhere', async () => {
  const first = testNomad(threeNodes);
  const failing = (mode: object) => ({
    task: { Config: { run_for: '1s', exit_code: 1 }, RestartPolicy: { Interval: 600e9, Delay: 30e9, ...mode } },
    group: {
      Update: { MaxParallel: 0 },
      ReschedulePolicy: { Delay: 30e9, DelayFunction: 'constant', Unlimited: true },
    },
  });
  await first.put('/v1/jobs', jobBody('again', failing({ Attempts: 3, Mode: 'fail' })));
  await first.put('/v1/jobs', jobBody('away', failing({ Attempts: 0, Mode: 'fail' })));
  await first.clock.advance(10_000);
  const next = await nextLife(first);
  await next.clock.advance(40_000);
  const [again] = await rows(next, '/v1/job/again/allocations');
  assert.ok(again.TaskStates.t.Restarts > 0);
  assert.ok((await rows(next, '/v1/job/away/allocations')).length > 1);
});

test('periodic jobs are launched when they are due, and not for the time in between', async () => {
  const first = testNomad();
  const periodic = { Periodic: { Enabled: true, Specs: ['*/10 * * * *'], SpecType: 'cron' } };
  await first.put('/v1/jobs', jobBody('clean', { type: 'batch', job: periodic }));
  const next = await nextLife(first, {}, 3_600_000);
  const children = async () => (await rows(next, '/v1/jobs?prefix=clean/')).length;
  assert.equal(await children(), 0);
  await next.clock.advance(601_000);
  assert.equal(await children(), 1);
});

test('a node whose client was gone stays down until it comes back; its new address is told', async () => {
  const first = testNomad(threeNodes);
  await first.put('/v1/jobs', jobBody('web', { count: 3 }));
  await first.clock.advance(30_000);
  await first.put('/v1/_sim/node/n1/leave');
  await first.clock.advance(5000);
  const next = await nextLife(first, { httpAddress: '127.0.0.1:5000' });
  await next.clock.advance(60_000);
  const list = await rows(next, '/v1/nodes');
  assert.deepEqual(list.map(({ Name, Status }) => `${Name} ${Status}`).sort(), ['n1 down', 'n2 ready', 'n3 ready']);
  const { HTTPAddr } = (await next.get(`/v1/node/${list[0].ID}`)).json;
  assert.equal(HTTPAddr, '127.0.0.1:5000');
  await next.put('/v1/_sim/node/n1/return');
  await next.clock.advance(2000);
  assert.equal((await rows(next, '/v1/nodes')).filter(({ Status }) => Status === 'ready').length, 3);
  assert.equal(await running(next, 'web'), 3);
});

test('an allocation whose client was lost sight of is still waited for, and is given up when its time is over', async () => {
  for (const isBack of [true, false]) {
    const first = testNomad(threeNodes);
    const group = { Disconnect: { LostAfter: 300e9, Replace: false }, Update: { MaxParallel: 0 } };
    await first.put('/v1/jobs', jobBody('far', { group }));
    await first.clock.advance(30_000);
    const [{ NodeName: node }] = await rows(first, '/v1/job/far/allocations');
    await first.put(`/v1/_sim/node/${node}/leave`);
    await first.clock.advance(30_000);
    const next = await nextLife(first);
    const statuses = async () =>
      (await rows(next, '/v1/job/far/allocations')).map(({ ClientStatus }) => ClientStatus).sort();
    await next.clock.advance(60_000);
    assert.deepEqual(await statuses(), ['unknown']);
    if (isBack) await next.put(`/v1/_sim/node/${node}/return`);
    await next.clock.advance(600_000);
    assert.deepEqual(await statuses(), isBack ? ['running'] : ['lost', 'running']);
  }
});

test('variables are kept; a lock counts anew from the beginning of the next life', async () => {
  const first = testNomad();
  await first.put('/v1/var/plain', { Items: { a: 'b' } });
  const lock = { Lock: { TTL: '10s', LockDelay: '10s' } };
  await first.put('/v1/var/held?lock-acquire', { Items: { a: 'b' }, ...lock });
  await first.clock.advance(15_000);
  const next = await nextLife(first);
  assert.deepEqual((await next.get('/v1/var/plain')).json.Items, { a: 'b' });
  await next.clock.advance(15_000);
  assert.equal((await next.put('/v1/var/held', { Items: { a: 'c' } })).status, 409);
  await next.clock.advance(20_000);
  assert.equal((await next.put('/v1/var/held', { Items: { a: 'c' } })).status, 200);
});

test('tokens and policies of the ACLs are kept, and the first token is still the first', async () => {
  const first = testNomad({ acl: true });
  const { SecretID } = (await first.put('/v1/acl/bootstrap')).json;
  const next = await nextLife(first, { acl: true });
  assert.equal((await next.get('/v1/jobs')).status, 403);
  const asked = { url: '/v1/acl/token/self', headers: { 'x-nomad-token': SecretID } };
  assert.equal((await next.read(asked)).json.SecretID, SecretID);
  assert.equal((await next.put('/v1/acl/bootstrap')).status, 400);
});

test('an event stream does not tell what was kept as news', async () => {
  const first = testNomad(threeNodes);
  await first.put('/v1/jobs', jobBody('web'));
  await first.clock.advance(30_000);
  const next = await nextLife(first);
  const stop = new AbortController();
  const reading = next.read({ url: '/v1/event/stream?index=0', signal: stop.signal });
  await next.clock.advance(1000);
  stop.abort();
  assert.doesNotMatch((await reading).text, /"Topic"/);
});

const lines = [...encodeState(testNomad().server.savedState())];
const whole = lines.join('\n');

for (const [what, text, why] of [
  ['an empty file', '', /^it holds no state of the embedded Nomad$/],
  ['a job file', 'job "web" {\n}', /^it holds no state of the embedded Nomad$/],
  ['other JSON', '{"Jobs":[]}\n[]', /^it holds no state of the embedded Nomad$/],
  ['a newer format', whole.replace('state":1', 'state":2'), /^it has format 2, and this program reads format 1$/],
  ['a file that is cut off', lines.slice(0, -3).join('\n'), /^it is damaged: its end is missing after line \d+$/],
  ['a file that is cut off in a line', whole.slice(0, -200), /^it is damaged: /],
  ['a file with a changed letter', whole.replace('Default node pool', 'Default nude pool'), /^it is damaged: its sums/],
  ['a file with a line too many', `${whole}\n["x",{}]`, /^it is damaged: something follows its end in line \d+$/],
  ['a file with a line of another kind', [lines[0], '"x"', ...lines.slice(1)].join('\n'), /^it is damaged: line 2 is/],
  ['a table of another program', [lines[0], '["table","pets",1]'].join('\n'), /^it is damaged: line 2 names no table/],
] as const) {
  test(`${what} is refused with what is wrong with it`, () => {
    assert.throws(() => decodeState(text.split('\n')), { code: 'state_unreadable', message: why });
  });
}
