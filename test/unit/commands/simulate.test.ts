/** `nomad-autoscaler simulate`: what it is asked, what it reads of a Nomad, and what it says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoscalerError } from '../../../src/lib/error.ts';
import { jobBody, testNomad } from '../../support/nomad-server.ts';
import { simulate, simulateReport } from '../../support/simulate-command.ts';

const web = `job "web" {
  group "app" {
    count = 30
    task "server" {
      driver = "docker"
      config {
        image = "web"
      }
      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
`;

test('a job that does not fit on made up nodes is told with reasons and the nodes that are missing, status 2', async () => {
  const { exit, out, err } = await simulate(['-nodes=3', 'web.nomad'], { files: { 'web.nomad': web } });
  assert.equal(err, '');
  assert.equal(exit, 2);
  assert.equal(
    out,
    `3 nodes, binpack; mode compat, seed 1, 0.00 s

Job  Group  Type     Wanted  Placed  Unplaced
web  app    service  30      24      6

Task Group "app" of job "web" (6 allocations unplaced):
  * Resources exhausted on 3 nodes
  * Dimension "cpu" exhausted on 3 nodes

Resource  Allocated  Of         All     Emptiest  Fullest
CPU       12000 MHz  12000 MHz  100.0%  100.0%    100.0%
Memory    6144 MB    24576 MB   25.0%   25.0%     25.0%
Disk      7200 MB    60000 MB   12.0%   12.0%     12.0%

1 more node of 4000 MHz, 8192 MB and 20000 MB of disk would take all the rest.
`,
  );
});

test('with the nodes that were missing everything fits, status 0', async () => {
  const { exit, out } = await simulate(['-nodes=3', '-add=1', 'web.nomad'], { files: { 'web.nomad': web } });
  assert.match(out, /\n\nEverything fits\.\n$/);
  assert.equal(exit, 0);
});

test('what no node of the kind can take is told apart; -verbose tells each node', async () => {
  const { exit, out } = await simulate([
    '-nodes=1',
    '-node-class=small',
    '-verbose',
    '-ask=1x100/10',
    '-ask=2x9000/10/0',
  ]);
  assert.equal(exit, 2);
  assert.match(out, /\nnode-1 {2}small {2}1 {12}2\.5% {2}0\.1% {4}1\.5%\n/);
  assert.match(
    out,
    /\n\nMore nodes of 4000 MHz, 8192 MB and 20000 MB of disk do not help\.\nTask Group "group" of job "ask-2"/,
  );
  assert.doesNotMatch(out, /would take/);
});

test('the template has what the flags say, and constraints look at it', async () => {
  const constrained = web.replace(
    'group "app" {',
    'constraint {\n    attribute = "${meta.rack}"\n    value = "r1"\n  }\n  group "app" {',
  );
  const files = { 'web.nomad': constrained };
  const bare = await simulateReport(['-nodes=4', 'web.nomad'], { files });
  assert.deepEqual(bare.Groups[0]?.Failed?.ConstraintFiltered, {
    '${meta.rack} = r1': 1,
    'computed class ineligible': 3,
  });
  const args = [
    '-nodes=1',
    '-node-cpu=15000',
    '-node-memory=7680',
    '-node-disk=9000',
    '-node-meta=rack=r1',
    'web.nomad',
  ];
  const fitting = await simulateReport(args, { files });
  assert.deepEqual(fitting.Template, { CPU: 15_000, MemoryMB: 7680, DiskMB: 9000 });
  assert.equal(fitting.Placed, 30);
  const away = await simulateReport(['-nodes=1', '-node-pool=gpu', '-node-datacenter=dc9', 'web.nomad'], { files });
  assert.equal(away.Groups[0]?.Failed?.NodesEvaluated, 0);
});

test('job files may be HCL with variables, its JSON syntax, or the JSON of the API', async () => {
  const hcl = `variable "count" {\n  type = number\n}\n${web.replace('count = 30', 'count = var.count')}`;
  const [body] = [jobBody('b', { count: 3, type: 'batch' })];
  const files = {
    'a.nomad': hcl,
    'b.json': JSON.stringify(body),
    'c.json': JSON.stringify(body.Job).replace('"b"', '"c"'),
    'd.json': '{"job": {"d": {"group": {"g": {"task": {"t": {"driver": "docker", "config": {"image": "x"}}}}}}}}',
    'e.vars': 'count = 5',
  };
  const counts = async (...args: string[]) =>
    (await simulateReport(['-nodes=9', ...args], { files, env: { NOMAD_VAR_count: '4' } })).Groups.map(
      ({ JobID, Type, Wanted }) => `${JobID} ${Type} ${Wanted}`,
    );
  assert.deepEqual(await counts('a.nomad', 'b.json', 'c.json', 'd.json'), [
    ...['web service 4', 'b batch 3', 'c batch 3', 'd service 1'],
  ]);
  assert.deepEqual(await counts('-var-file=e.vars', 'a.nomad'), ['web service 5']);
  assert.deepEqual(await counts('-var=count=6', 'a.nomad'), ['web service 6']);
});

const faults: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'a fault of a file has its place',
    ['-nodes=1', 'bad.nomad'],
    /^bad\.nomad:3,5-10: Unsupported argument; .* Did you mean "count"/,
  ],
  ['so has one of its JSON', ['-nodes=1', 'bad.json'], /^bad\.json:1,\d+-\d+: /],
  ['a rule that a job breaks is told', ['-nodes=1', 'rule.nomad'], /^rule\.nomad: .*job priority must be between/],
  ['a file must be there', ['-nodes=1', 'none.nomad'], /^none\.nomad: no such file$/m],
  ['something is to be placed', ['-nodes=1'], /^nothing is to be placed: name a job file, or give -ask or -pending$/m],
  ['-nodes reads no Nomad', ['-nodes=1', '-pending'], /^-pending reads a Nomad/],
  ['-nodes has no node to be like', ['-nodes=1', '-like=x', '-ask=1x1/1'], /^-like reads a Nomad/],
  ['a mode is one of three', ['-mode=fast', '-ask=1x1/1'], /-mode: must be one of compat, exact, count/],
  ['an ask has a form', ['-ask=5'], /-ask: expected <count>x<MHz>\/<MB>/],
  ['a count is not negative', ['-nodes=-1', '-ask=1x1/1'], /-nodes: must not be negative/],
  ['options stand before files', ['-nodes=1', 'bad.nomad', '-json'], /^-json: options stand before the job files$/m],
  ['placements are told as JSON only', ['-nodes=1', '-ask=1x1/1', '-placements'], /^-placements goes with -json$/m],
  ['where all options are is told', ['-bogus'], /not defined: -bogus\nRun 'nomad-autoscaler simulate -help' for all/],
  ['nodes have a bound', ['-nodes=1000001', '-ask=1x1/1'], /-nodes: must be at most 1000000$/m],
  ['so have allocations', ['-nodes=1', '-ask=100000001x1/1'], /-ask: the count must be at most 100000000$/m],
  ['an attribute has a value', ['-nodes=1', '-node-attr=x', '-ask=1x1/1'], /^-node-attr=x: expected <name>=<value>/],
];

for (const [what, args, wanted] of faults) {
  test(`${what}, status 1`, async () => {
    const files = {
      'bad.nomad': web.replace('count', 'cuont'),
      'bad.json': '{"job": {"d": {"group": }}}',
      'rule.nomad': web.replace('job "web" {', 'job "web" {\n  priority = 500'),
    };
    const { exit, out, err } = await simulate(args, { files });
    assert.match(err, wanted);
    assert.deepEqual([exit, out], [1, '']);
  });
}

test('a Nomad that does not answer, and one that refuses, are told with what can be done about it', async () => {
  const down = new AutoscalerError('connection_failed', 'connection refused', { blame: 'remote', retryable: true });
  const absent = await simulate(['-ask=1x1/1'], { refusal: down });
  assert.deepEqual(
    [absent.exit, absent.err],
    [
      1,
      `cannot read the nodes: connection refused
NOMAD_ADDR or -address say which Nomad is read; -nodes=<n> makes up a cluster instead.
`,
    ],
  );
  const refused = await simulate(['-ask=1x1/1'], {
    refusal: { status: 403, body: 'Permission denied', headers: {} },
  });
  assert.deepEqual(
    [refused.exit, refused.err],
    [
      1,
      `cannot read the nodes: Unexpected response code: 403 (Permission denied)
The token has to allow reading nodes, and jobs in every namespace.
`,
    ],
  );
});

test('a job for every node that does not fit there is not promised more nodes', async () => {
  const everywhere = web.replace('group "app" {', 'type = "system"\n  group "app" {').replace('count = 30', '');
  const files = { 'web.nomad': everywhere.replace('cpu    = 500', 'cpu    = 5000') };
  const { exit, out } = await simulate(['-nodes=2', 'web.nomad'], { files });
  assert.equal(exit, 2);
  assert.match(out, /\n\nWhat is left is for nodes that are there: more of them do not help\.\n$/);
});

/** 4 nodes: one drains, on the others stand 6 allocations of 1000 MHz; 3 more of them wait. */
async function busyNomad() {
  const nomad = testNomad({
    nodes: [
      ...['a', 'b', 'c'].map((name) => ({ name, cpuMhz: 2000, nodeClass: 'small' })),
      { name: 'd', cpuMhz: 64_000, nodeClass: 'large' },
    ],
  });
  const nodes = (await nomad.get('/v1/nodes')).json as readonly { readonly ID: string; readonly Name: string }[];
  const large = nodes.find(({ Name }) => Name === 'd')?.ID;
  await nomad.put(`/v1/node/${large}/eligibility`, { NodeID: large, Eligibility: 'ineligible' });
  await nomad.put('/v1/jobs', jobBody('full', { count: 9, cpu: 1000, group: { Update: { MaxParallel: 0 } } }));
  await nomad.clock.advance(5000);
  return nomad;
}

test('a Nomad is read with what runs there, and its pending allocations tell the nodes that they want', async () => {
  const nomad = await busyNomad();
  const { exit, out } = await simulate(['-pending'], { nomad });
  assert.equal(exit, 2);
  assert.match(out, /^3 nodes \(1 other takes no allocations\), binpack; /);
  assert.match(out, /\nfull {2}g {6}service {2}3 {7}0 {7}3\n/);
  assert.match(out, /\nCPU {7}6000 MHz {3}6000 MHz {2}100\.0%/);
  assert.match(out, /\n2 more nodes of 2000 MHz, 8192 MB and 20000 MB of disk would take all the rest\.\n$/);
});

test('the reasons are those of the blocked evaluation', async () => {
  const nomad = await busyNomad();
  const [blocked] = (await nomad.get('/v1/evaluations?status=blocked')).json;
  const { Groups } = await simulateReport(['-pending'], { nomad });
  assert.deepEqual(Groups[0]?.Failed, blocked.FailedTGAllocs.g);
});

test('the number holds: as many nodes join Nomad, and nothing waits any more', async () => {
  const nomad = await busyNomad();
  const { ExtraNodes } = await simulateReport(['-pending'], { nomad });
  for (let at = 0; at < ExtraNodes; at++) {
    const { Queued } = (await nomad.get('/v1/job/full/summary')).json.Summary.g;
    assert.ok(Queued > 0, `${at} nodes are not enough`);
    nomad.server.simulation.join({ name: `e${at}`, cpuMhz: 2000, nodeClass: 'small' });
    await nomad.clock.advance(5000);
  }
  assert.equal((await nomad.get('/v1/job/full/summary')).json.Summary.g.Queued, 0);
  assert.match((await simulate(['-pending'], { nomad })).out, /\n\nNothing waits for room\.\n$/);
});

test('the template is like a node of Nomad, by name or ID, or like most of them', async () => {
  const nomad = await busyNomad();
  const d = (await nomad.get('/v1/nodes')).json.find((one: { readonly Name: string }) => one.Name === 'd').ID;
  await nomad.put(`/v1/node/${d}/eligibility`, { NodeID: d, Eligibility: 'eligible' });
  const cpu = async (...args: string[]) => (await simulateReport([...args, '-ask=1x1/1'], { nomad })).Template.CPU;
  assert.equal(await cpu(), 2000);
  assert.equal(await cpu('-like=d'), 64_000);
  assert.equal(await cpu(`-like=${d.slice(0, 8)}`), 64_000);
  assert.equal(await cpu('-like=d', '-node-cpu=5'), 5);
  const { exit, err } = await simulate(['-like=zz', '-ask=1x1/1'], { nomad });
  assert.equal(exit, 1);
  assert.match(err, /^-like=zz: no node that takes allocations has this name or ID/);
});

test('jobs join what waits, those of a higher priority first; -add and -algorithm change the cluster', async () => {
  const nomad = await busyNomad();
  const files = { 'web.nomad': web.replace('job "web" {', 'job "web" {\n  priority = 80').replace('30', '5') };
  const report = await simulateReport(['-pending', '-add=2', '-algorithm=spread', 'web.nomad'], { nomad, files });
  assert.equal(report.Algorithm, 'spread');
  assert.equal(report.Nodes.length, 5);
  assert.deepEqual(
    report.Groups.map(({ JobID, Placed }) => [JobID, Placed]),
    [
      ['web', 5],
      ['full', 1],
    ],
  );
});

test('a job that runs already is placed beside itself, and that is said', async () => {
  const nomad = await busyNomad();
  const files = { 'full.json': JSON.stringify(jobBody('full', { count: 2 })) };
  const { err, out } = await simulate(['full.json'], { nomad, files });
  assert.equal(err, 'Job "full" has 6 allocations there already: those of its file are placed beside them.\n');
  assert.match(out, /\nfull {2}g {6}service {2}2 {7}0 {7}2\n/);
});

test('pending allocations of one namespace can be asked for, and the algorithm is that of Nomad', async () => {
  const nomad = await busyNomad();
  await nomad.put('/v1/namespace/other', { Name: 'other' });
  await nomad.put('/v1/jobs?namespace=other', jobBody('theirs', { cpu: 1500 }));
  await nomad.put('/v1/operator/scheduler/configuration', { SchedulerAlgorithm: 'spread' });
  await nomad.clock.advance(5000);
  const jobs = async (...args: string[]) => {
    const { Groups, Algorithm } = await simulateReport(['-pending', ...args], { nomad });
    assert.equal(Algorithm, 'spread');
    return Groups.map(({ JobID }) => JobID);
  };
  assert.deepEqual(await jobs(), ['full', 'theirs']);
  assert.deepEqual(await jobs('-namespace=other'), ['theirs']);
  assert.deepEqual(await jobs('-namespace=*'), ['full', 'theirs']);
});
