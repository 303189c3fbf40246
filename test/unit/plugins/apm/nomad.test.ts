import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apmConformance, asProcess, inProcess, testWorld } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../../../plugins/apm/nomad/index.ts';
import { percent } from '../../../../plugins/apm/nomad/node-pool.ts';
import { parseQuery } from '../../../../plugins/apm/nomad/parse.ts';
import { queryNomad } from '../../../../plugins/apm/nomad/query.ts';
import { aggregate } from '../../../../plugins/apm/nomad/task-group.ts';
import { systemClock, virtualClock } from '../../../../src/lib/clock.ts';
import { explain } from '../../../../src/lib/error.ts';
import { noLog } from '../../../../src/lib/log.ts';
import { JobView } from '../../../../src/nomad/job-view.ts';
import type { NodeListStub } from '../../../../src/nomad/node-types.ts';
import { NodeView } from '../../../../src/nomad/node-view.ts';
import { UsageView } from '../../../../src/nomad/usage-view.ts';
import { WaitingView } from '../../../../src/nomad/waiting-view.ts';
import { FakeNomad, never, text } from '../../../support/nomad.ts';
import { serveNomad } from '../../../support/nomad-http.ts';

const minute = { from: 0, to: 60_000 };
const cpu = 'taskgroup_avg_cpu/app/web@default';

function setUp(t: TestContext, config: Record<string, string> = {}) {
  const clock = virtualClock();
  const nomad = new FakeNomad(clock);
  const client = nomad.client();
  const world = { clock, random: () => 0.5, log: noLog };
  const warnings: unknown[] = [];
  const jobs = new JobView(client, world);
  t.after(() => jobs.close());
  const asked = {
    nomad: {
      client,
      jobs,
      usage: new UsageView(client, clock),
      nodes: new NodeView(client, clock),
      waiting: new WaitingView(client, clock),
      close: async () => undefined,
    },
    config: config as never,
    world: testWorld({ clock, log: { ...noLog, warn: (message, fields) => warnings.push([message, fields]) } }),
    warned: new Set<string>(),
  };
  const ask = async (query: string) => (await queryNomad(asked, query, minute, never))[0].value;
  const whyNot = (query: string) => ask(query).then(() => assert.fail('it answered'), explain);
  return { clock, nomad, ask, whyNot, warnings, asked };
}

const usage = (percentOfCore: number, mhz: number, bytes: number) => ({
  ResourceUsage: { CpuStats: { Percent: percentOfCore, TotalTicks: mhz }, MemoryStats: { Usage: bytes, RSS: 1 } },
});

const running = (ID: string, TaskGroup = 'app') => ({ ID, TaskGroup, ClientStatus: 'running' }) as const;

test('plugins #69, #70: a query of a task group is taken apart, whatever a job is called', () => {
  for (const metric of ['cpu', 'cpu-allocated', 'memory', 'memory-allocated']) {
    assert.deepEqual(parseQuery(`taskgroup_avg_${metric}/group/job@default`), {
      kind: 'taskgroup',
      operation: 'avg',
      metric,
      group: 'group',
      job: 'job',
      namespace: 'default',
    });
  }
  const jobOf = (query: string) => {
    const parsed = parseQuery(query);
    return parsed.kind === 'taskgroup' ? [parsed.job, parsed.namespace] : undefined;
  };
  assert.deepEqual(jobOf('taskgroup_max_cpu/group/my/super/job//@dev'), ['my/super/job//', 'dev']);
  assert.deepEqual(jobOf('taskgroup_max_cpu/group/job@job@@dev'), ['job@job@', 'dev']);
});

test('plugins #71, #75, #81: what is no query says why, in upstream’s words and order', () => {
  const cases = {
    '': 'unsupported query type ""',
    invalid: 'unsupported query type "invalid"',
    'avg_cpu/group/job': 'unsupported query type "avg"',
    'avg_cpu/group': 'unsupported query type "avg"',
    foo_bar: 'unsupported query type "foo"',
    'taskgroup_avg_cpu/group':
      'failed to parse query: expected <query>/<group>/<job>@<namespace>, received taskgroup_avg_cpu/group',
    'taskgroup_invalid/groups/job': 'failed to parse query: missing namespace from query taskgroup_invalid/groups/job',
    'taskgroup_avg_cpu/g/j@': 'failed to parse query: missing namespace from query taskgroup_avg_cpu/g/j@',
    'taskgroup_avg_cpu/g/@ns': 'failed to parse query: missing job from query taskgroup_avg_cpu/g/@ns',
    'taskgroup_op_invalid/group/job':
      'failed to parse query: missing namespace from query taskgroup_op_invalid/group/job',
    'taskgroup_cpu/g/j@ns': 'failed to parse query: expected taskgroup_<operation>_<metric>, received "taskgroup_cpu"',
    'taskgroup_avg_disk/g/j@ns':
      'failed to parse query: invalid metric "disk", allowed values are: cpu, cpu-allocated, memory, memory-allocated',
    'taskgroup_p99_cpu/g/j@ns':
      'failed to parse query: invalid operation "p99", allowed values are sum, avg, min or max',
    'node_percentage-allocated_cpu':
      'failed to parse query: expected <query>/<key>=<value>[,<key>=<value>...], received "node_percentage-allocated_cpu"',
    'node_percentage-allocated_cpu/':
      'failed to parse query: expected <query>/<key>=<value>[,<key>=<value>...], received "node_percentage-allocated_cpu/"',
    'node_percentage-allocated_cpu/hashistack/other':
      'failed to parse query: invalid pool identifier "hashistack/other": expected key=value',
    'node_percentage-allocated_cpu/node_class=':
      'failed to parse query: invalid pool identifier "node_class=": expected key=value',
    'node_percentage-allocated_cpu/node_class=%zz':
      'failed to parse query: failed to decode value in "node_class=%zz": invalid URL escape "%zz"',
    'node_percentage-allocated_cpu/zone=a':
      'failed to parse query: unknown pool key "zone": must be node_class, datacenter, or node_pool',
    'node_cpu/node_class=a': 'failed to parse query: expected node_<operation>_<metric>, received node_cpu',
    'node_percentage-allocated_invalid/node_class=a':
      'failed to parse query: invalid metric "invalid", allowed values are: cpu, memory',
    'node_percentage-allocated_cpu-allocated/node_class=a':
      'failed to parse query: invalid metric "cpu-allocated", allowed values are: cpu, memory',
    'node_sum_cpu/node_class=a':
      'failed to parse query: invalid operation "sum", allowed value is percentage-allocated',
  };
  for (const [query, message] of Object.entries(cases))
    assert.throws(() => parseQuery(query), { message, blame: 'usage' });
});

test('plugins #79, #80: a pool is its identifiers in the order of the query, decoded', () => {
  const poolOf = (identifiers: string) => {
    const parsed = parseQuery(`node_percentage-allocated_memory/${identifiers}`);
    return parsed.kind === 'node' ? parsed.pool.map(({ key, value }) => `${key} ${value}`) : undefined;
  };
  assert.deepEqual(poolOf('node_class=hashistack'), ['node_class hashistack']);
  assert.deepEqual(poolOf('datacenter=us+east+1'), ['datacenter us east 1']);
  assert.deepEqual(poolOf('node_pool=gpu,node_class=special%2Cclass'), ['node_pool gpu', 'node_class special,class']);
});

test('plugins #72, #73: values become one by sum, mean, largest and smallest', () => {
  const values = [76.34, 13.13, 24.5];
  assert.equal(aggregate('sum', values).toFixed(2), '113.97');
  assert.equal(aggregate('avg', values).toFixed(2), '37.99');
  assert.equal(aggregate('max', [...values, 76.33]), 76.34);
  assert.equal(aggregate('min', [...values, 13.14]), 13.13);
  assert.equal(aggregate('max', [0, 0]), 0);
});

test('a group is what its running allocations use, other groups and ended ones aside', async (t) => {
  const { nomad, ask } = setUp(t);
  const ended = { ID: 'c', TaskGroup: 'app', ClientStatus: 'complete' } as const;
  nomad.put('web', { groups: { app: {} }, allocations: [running('a'), running('b'), ended, running('d', 'db')] });
  nomad.usage.set('a', usage(60, 300, 3 * 2 ** 20 + 5));
  nomad.usage.set('b', usage(20, 100, 2 ** 20));
  assert.equal(await ask(cpu), 40);
  assert.equal(await ask('taskgroup_sum_memory/app/web@default'), 4 * 2 ** 20 + 5);
  assert.equal(nomad.count(/\/stats/), 2, 'one request for each running allocation, shared by both queries');
});

test('a part of what is reserved is in percent of what the tasks of the group ask for', async (t) => {
  const { nomad, ask } = setUp(t);
  const task = (CPU: number, MemoryMB: number) => ({ Resources: { CPU, MemoryMB } });
  const spec = { TaskGroups: [{ Name: 'app', Tasks: [task(400, 40), task(100, 10), { Resources: null }] }] };
  nomad.put('web', { groups: { app: {} }, allocations: [running('a')], spec });
  nomad.usage.set('a', usage(0, 250, 10 * 2 ** 20 + 1_000));
  assert.equal(await ask('taskgroup_avg_cpu-allocated/app/web@default'), 50);
  assert.equal(await ask('taskgroup_avg_memory-allocated/app/web@default'), 20);
});

test('plugins #74: an instant has no answer', async (t) => {
  const { asked } = setUp(t);
  await assert.rejects(queryNomad(asked, cpu, { from: 5, to: 5 }, never), {
    message: 'query_window = "instant" is not supported by nomad-apm',
  });
});

test('plugins #76: a group in which nothing runs has no metric', async (t) => {
  const { nomad, whyNot } = setUp(t);
  nomad.put('web', { groups: { app: {} }, allocations: [running('d', 'db')] });
  assert.equal(await whyNot(cpu), `metric not found: ${cpu}`);
  assert.equal(
    await whyNot('taskgroup_avg_cpu/app/gone@default'),
    'metric not found: taskgroup_avg_cpu/app/gone@default',
  );
});

test('plugins #77: an allocation that cannot be read fails the whole query, and so does one that reports nothing', async (t) => {
  const { nomad, whyNot, clock } = setUp(t);
  nomad.put('web', { groups: { app: {} }, allocations: [running('a'), running('b')] });
  nomad.usage.set('a', usage(60, 300, 1));
  assert.equal(await whyNot(cpu), 'failed to get alloc stats: Unexpected response code: 404 (Unknown allocation)');
  nomad.usage.set('b', { ResourceUsage: { CpuStats: null, MemoryStats: null } });
  await clock.advance(2_000);
  assert.equal(await whyNot(cpu), 'failed to get alloc stats: allocation b does not report its CPU');
});

test('plugins #78: a group that the job does not have is named inside the text about what is reserved', async (t) => {
  const { nomad, whyNot } = setUp(t);
  nomad.put('web', { groups: { app: {} }, allocations: [running('a')], spec: { TaskGroups: [] } });
  const why = 'task group "app" not found in job "web"';
  assert.equal(
    await whyNot('taskgroup_avg_cpu-allocated/app/web@default'),
    `failed to get total allocated CPU for taskgroup: ${why}`,
  );
  assert.equal(
    await whyNot('taskgroup_avg_memory-allocated/app/web@default'),
    `failed to get total allocated memory for taskgroup: ${why}`,
  );
});

test('a list of allocations that Nomad refuses says so', async (t) => {
  const { nomad, whyNot } = setUp(t);
  nomad.answer(() => text(403, 'Permission denied'));
  assert.equal(
    await whyNot(cpu),
    'failed to get alloc listing for job: Unexpected response code: 403 (Permission denied)',
  );
});

test('many checks of one job at the same moment ask once', async (t) => {
  const { nomad, ask, clock } = setUp(t);
  nomad.put('web', { groups: { app: {} }, allocations: [running('a')] });
  nomad.usage.set('a', usage(60, 300, 1));
  await Promise.all(Array.from({ length: 100 }, () => ask(cpu)));
  assert.deepEqual([nomad.count(/allocations/), nomad.count(/\/stats/)], [1, 1]);
  await clock.advance(10_000);
  await Promise.all(Array.from({ length: 100 }, () => ask(cpu)));
  assert.deepEqual([nomad.count(/allocations/), nomad.count(/\/stats/)], [1, 2], 'in steady state one request a tick');
});

const node = (ID: string, parts: Partial<NodeListStub> = {}): Partial<NodeListStub> => ({
  ID,
  NodeClass: 'web',
  Datacenter: 'dc1',
  NodePool: 'default',
  Status: 'ready',
  SchedulingEligibility: 'eligible',
  Drain: false,
  CreateIndex: 1,
  NodeResources: { Cpu: { CpuShares: 4_000 }, Memory: { MemoryMB: 2_048 } } as never,
  ReservedResources: { Cpu: { CpuShares: 0 }, Memory: { MemoryMB: 48 } } as never,
  ...parts,
});
const allocation = (CPU: number, MemoryMB: number, DesiredStatus = 'run', ClientStatus = 'running') => ({
  DesiredStatus,
  ClientStatus,
  Resources: { CPU, MemoryMB },
});
const poolCpu = 'node_percentage-allocated_cpu/node_class=web';
const poolMemory = 'node_percentage-allocated_memory/node_class=web';

test('plugins #88: allocated in percent of allocatable', () => {
  assert.equal(percent(1_000, 38_400, 'cpu'), 2.6041666666666665);
  assert.equal(percent(512, 16_384, 'memory'), 3.125);
  assert.equal(percent(0, 100, 'cpu'), 0);
  assert.throws(() => percent(0, 0, 'memory'), { message: 'zero allocatable memory found in pool' });
});

test('plugins #89: only allocations that run or will run count', async (t) => {
  const { nomad, ask } = setUp(t);
  nomad.nodes = [node('n1'), node('n2'), node('other', { NodeClass: 'db' })];
  nomad.nodeAllocations.set('n1', [
    allocation(1_000, 500),
    allocation(400, 100, 'run', 'pending'),
    allocation(200, 100, 'run', 'unknown'),
    ...['complete', 'failed', 'lost'].map((status) => allocation(9_999, 9_999, 'run', status)),
    allocation(9_999, 9_999, 'stop'),
    allocation(9_999, 9_999, 'evict'),
  ]);
  nomad.nodeAllocations.set('n2', [allocation(0, 300)]);
  nomad.nodeAllocations.set('other', [allocation(9_999, 9_999)]);
  assert.equal(await ask(poolCpu), 20);
  assert.equal(await ask(poolMemory), 25);
  assert.equal(nomad.count(/./), 3, 'one list and one request for each member, shared by both checks');
});

test('plugins #83, #84: a draining member fails the query unless it is to be left out', async (t) => {
  const nodes = [
    node('n1', { Drain: true, SchedulingEligibility: 'ineligible' }),
    node('n2'),
    node('n3', { Status: 'initializing' }),
  ];
  const strict = setUp(t);
  strict.nomad.nodes = nodes;
  assert.equal(
    await strict.whyNot(poolCpu),
    'failed to identify nodes within pool: node n1 is draining, node n3 is initializing',
  );
  const lenient = setUp(t, { ignoreDrain: 'true', ignoreInit: '1' });
  lenient.nomad.nodes = nodes;
  lenient.nomad.nodeAllocations.set('n1', [allocation(9_999, 1)]);
  lenient.nomad.nodeAllocations.set('n2', [allocation(1_000, 1)]);
  assert.equal(await lenient.ask(poolCpu), 25);
});

test('plugins #85: an ineligible member counts on neither side, unless it is to count', async (t) => {
  const nodes = [node('n1', { SchedulingEligibility: 'ineligible' }), node('n2')];
  const usual = setUp(t);
  usual.nomad.nodes = nodes;
  usual.nomad.nodeAllocations.set('n1', [allocation(4_000, 1)]);
  assert.equal(await usual.ask(poolCpu), 0);
  const both = setUp(t, { ignoreIneligible: 'true' });
  both.nomad.nodes = nodes;
  both.nomad.nodeAllocations.set('n1', [allocation(4_000, 1)]);
  assert.equal(await both.ask(poolCpu), 50);
});

test('plugins #86: a filter that is no boolean fails the query with its name', async (t) => {
  const { nomad, whyNot } = setUp(t, { ignoreDrain: 'not-a-bool' });
  nomad.nodes = [node('n1')];
  assert.equal(
    await whyNot(poolCpu),
    'failed to parse node filter options: failed to parse value not-a-bool for node_filter_ignore_drain configuration: strconv.ParseBool: parsing "not-a-bool": invalid syntax',
  );
});

test('plugins #87: resources that a node or an allocation does not tell fail the query', async (t) => {
  const bare = setUp(t);
  bare.nomad.nodes = [node('n1', { NodeResources: null })];
  bare.nomad.answer(({ path }) =>
    /\/v1\/node\/n1\?/.test(path) ? { status: 200, headers: {}, body: '{"ID":"n1"}' } : undefined,
  );
  assert.equal(
    await bare.whyNot(poolCpu),
    'failed to get allocatable resources on node n1: node resources are incomplete',
  );
  const odd = setUp(t);
  odd.nomad.nodes = [node('n1')];
  odd.nomad.nodeAllocations.set('n1', [{ DesiredStatus: 'run', ClientStatus: 'running', Resources: null }]);
  assert.equal(
    await odd.whyNot(poolCpu),
    'failed to get allocated resources on node n1: allocation resources are incomplete',
  );
});

test('an empty pool says what to look at', async (t) => {
  const { nomad, whyNot, clock } = setUp(t);
  assert.equal(await whyNot(poolCpu), 'no nodes identified within pool: Nomad has no nodes at all');
  const later = async (nodes: FakeNomad['nodes'], query = poolCpu) => {
    nomad.nodes = nodes;
    await clock.advance(2_000);
    return whyNot(query);
  };
  assert.equal(
    await later([node('n1', { NodeClass: '' }), node('n2', { NodeClass: 'db' }), node('n3', { NodeClass: '' })]),
    'no nodes identified within pool: no node has node_class=web; node_class of the 3 nodes: unset (2), db (1). Set node_class = "web" in the client block of the pool\'s nodes, or mend node_class in the policy\'s target',
  );
  assert.equal(
    await later([node('n1', { Status: 'down' }), node('n2', { SchedulingEligibility: 'ineligible' })]),
    'no nodes identified within pool: none of its 2 nodes is ready and eligible (down (1), ineligible (1))',
  );
  assert.equal(
    await later([node('n1', { Datacenter: 'dc2' }), node('n2', { NodeClass: 'db' })], `${poolCpu},datacenter=dc1`),
    'no nodes identified within pool: no node has node_class=web and datacenter=dc1 at once',
  );
});

test('nodes without a class are the default pool', async (t) => {
  const { nomad, ask } = setUp(t);
  nomad.nodes = [node('n1', { NodeClass: '' }), node('n2')];
  nomad.nodeAllocations.set('n1', [allocation(1_000, 1)]);
  assert.equal(await ask('node_percentage-allocated_cpu/node_class=autoscaler-default-pool'), 25);
});

test('plugins #156: the form of v0.5.0 is taken for its node class, with one warning', async (t) => {
  const { nomad, ask, warnings } = setUp(t);
  nomad.nodes = [node('n1', { NodeClass: 'nom-pool' })];
  nomad.nodeAllocations.set('n1', [allocation(1_000, 1)]);
  const query = 'node_percentage-allocated_cpu/nom-pool/class';
  assert.equal(await ask(query), 25);
  assert.equal(await ask(query), 25);
  assert.deepEqual(warnings, [
    [
      'the query has a form that is no longer documented',
      { query, write_instead: 'node_percentage-allocated_cpu/node_class=nom-pool' },
    ],
  ]);
});

const suiteOf = (agentConfig: Record<string, string>) =>
  apmConformance(inProcess(plugin), {
    name: 'nomad-apm',
    agentConfig,
    query: cpu,
    range: minute,
    badQuery: 'taskgroup_avg_cpu/app/none@default',
  });
for (const { title } of suiteOf({})) {
  test(`as any APM: ${title}`, async (t) => {
    const nomad = new FakeNomad(systemClock);
    nomad.put('web', { groups: { app: { Running: 1 } }, allocations: [running('a')] });
    nomad.usage.set('a', usage(70, 70, 70));
    const { origin } = await serveNomad(t, nomad);
    const suite = suiteOf({ nomad_address: origin, 'nomad_block-query-wait-time': '10s' });
    await suite.find((one) => one.title === title)?.run();
  });
}

test('settings that cannot work are refused with upstream’s text', async () => {
  const session = plugin.open(testWorld());
  const failed = await Promise.resolve(session.setConfig({ nomad_address: 'nowhere' }, never)).catch(explain);
  assert.match(String(failed), /^failed to instantiate Nomad client: invalid address 'nowhere'/);
  await session.close();
});

test('the executable serves the same APM', async (t) => {
  const nomad = new FakeNomad(systemClock);
  nomad.put('web', { groups: { app: { Running: 1 } }, allocations: [running('a')] });
  nomad.usage.set('a', usage(70, 70, 70));
  const { origin } = await serveNomad(t, nomad);
  const main = new URL('../../../../plugins/apm/nomad/main.ts', import.meta.url).pathname;
  const command = { path: process.execPath, args: ['--conditions=source', main], env: process.env };
  const { info, session } = await asProcess('apm', command).open();
  t.after(() => session.close());
  assert.deepEqual(info, { name: 'nomad-apm', type: 'apm' });
  await session.setConfig({ nomad_address: origin }, never);
  assert.deepEqual(
    (await session.query(cpu, minute, never)).map(({ value }) => value),
    [70],
  );
  await assert.rejects(async () => session.query('foo_bar', minute, never), /unsupported query type "foo"/);
});
