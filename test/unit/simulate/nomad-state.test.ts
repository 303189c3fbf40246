/** Reading a Nomad for a simulation: pages, what old servers leave out, what a token may not see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nomadClient } from '../../../src/nomad/client.ts';
import { settingsFromEnv } from '../../../src/nomad/settings.ts';
import { Cluster } from '../../../src/simulate/cluster.ts';
import { readPending, readState } from '../../../src/simulate/nomad-state.ts';
import { templateNode } from '../../../src/simulate/template.ts';

const never = new AbortController().signal;

/** A Nomad that answers these paths, with a query where it matters; others are refused with 403. */
function clientOf(answers: Readonly<Record<string, unknown>>, next: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const client = nomadClient(settingsFromEnv({}), async ({ path }) => {
    asked.push(path);
    const [bare = '', query = ''] = path.split('?');
    const token = new URLSearchParams(query).get('next_token');
    const key = token === null ? bare : `${bare}#${token}`;
    if (!(key in answers)) return { status: 403, headers: {}, body: 'Permission denied' };
    const headers: Record<string, string> = key in next ? { 'x-nomad-nexttoken': next[key] ?? '' } : {};
    return { status: 200, headers, body: JSON.stringify(answers[key]) };
  });
  return { client, asked };
}

const node = { ...templateNode({}, '2.0.6'), ID: 'n1', Name: 'n1' };
const stub = { ...node, Version: '2.0.6', Address: '127.0.0.1' };
const task = (cpu: number) => ({ Cpu: { CpuShares: cpu }, Memory: { MemoryMB: 100 }, Networks: null, Devices: null });
const allocation = (id: string, more: object = {}) => ({
  ...{ ID: id, Namespace: 'default', NodeID: 'n1', JobID: 'web', TaskGroup: 'app', ClientStatus: 'running' },
  ...{ DesiredStatus: 'run', AllocatedResources: { Tasks: { t: task(500) }, Shared: { DiskMB: 300 } } },
  ...more,
});

test('allocations are read page by page; ended ones take nothing, and those about to stop still do', async () => {
  const pages = {
    '/v1/allocations': [allocation('a'), allocation('b', { ClientStatus: 'complete' })],
    '/v1/allocations#two': [allocation('c', { DesiredStatus: 'stop' }), allocation('d', { NodeID: 'unknown' })],
  };
  const { client, asked } = clientOf(
    { '/v1/nodes': [stub], '/v1/node/n1': node, ...pages },
    { '/v1/allocations': 'two' },
  );
  const { nodes, allocations } = await readState(client, never);
  const cluster = new Cluster(nodes, allocations, 'binpack');
  assert.deepEqual([...cluster.used.cpuMhz, ...cluster.allocations], [1000, 2]);
  const read = asked.filter((path) => path.startsWith('/v1/allocations'));
  assert.equal(read.length, 2);
  assert.match(read[0] ?? '', /namespace=%2A.*resources=true/);
});

test('tasks that run one after the other share their room, as the allocation itself says', async () => {
  const AllocatedResources = {
    Tasks: { init: task(800), main: task(500), log: task(50) },
    TaskLifecycles: {
      init: { Hook: 'prestart', Sidecar: false },
      log: { Hook: 'prestart', Sidecar: true },
      main: null,
    },
    Shared: { DiskMB: 300 },
  };
  const answers = {
    '/v1/nodes': [stub],
    '/v1/node/n1': node,
    '/v1/allocations': [allocation('a', { AllocatedResources })],
  };
  const { nodes, allocations } = await readState(clientOf(answers).client, never);
  const cluster = new Cluster(nodes, allocations, 'binpack');
  assert.deepEqual([...cluster.used.cpuMhz, ...cluster.used.memoryMb, ...cluster.used.diskMb], [850, 200, 300]);
});

test('nodes that take nothing are counted and not read; without the right to look, the algorithm is the usual one', async () => {
  const away = [
    { ...stub, ID: 'n2', Status: 'down' },
    { ...stub, ID: 'n3', Drain: true },
    { ...stub, ID: 'n4', SchedulingEligibility: 'ineligible' },
  ];
  const { client, asked } = clientOf({ '/v1/nodes': [stub, ...away], '/v1/node/n1': node, '/v1/allocations': [] });
  const state = await readState(client, never);
  assert.deepEqual([state.nodes.length, state.away, state.algorithm], [1, 3, 'binpack']);
  assert.deepEqual(
    asked.filter((path) => path.startsWith('/v1/node/')).map((path) => path.split('?')[0]),
    ['/v1/node/n1'],
  );
});

test('a server that does not tell what allocations take is an error, not an empty cluster', async () => {
  const old = allocation('a', { AllocatedResources: null });
  const { client } = clientOf({ '/v1/nodes': [stub], '/v1/node/n1': node, '/v1/allocations': [old] });
  await assert.rejects(readState(client, never), { code: 'incomplete_resources' });
});

test('what waits: the queued of blocked evaluations, not for a node of its own or for quota, nor of stopped jobs', async () => {
  const evaluation = (JobID: string, more: object = {}) => ({
    ...{ ID: JobID, JobID, Namespace: 'default', Type: 'service', Status: 'blocked', CreateIndex: 1 },
    ...{ FailedTGAllocs: { app: { CoalescedFailures: 4 } }, ...more },
  });
  const group = (Name: string) => ({ Name, Count: 9, Tasks: [{ Name: 't', Driver: 'docker', Resources: { CPU: 1 } }] });
  const job = (ID: string, more: object = {}) => ({
    ID,
    Type: 'service',
    TaskGroups: [group('app'), group('b')],
    ...more,
  });
  const { client } = clientOf({
    '/v1/evaluations': [
      evaluation('told', { CreateIndex: 7 }),
      evaluation('untold', { CreateIndex: 3 }),
      evaluation('everywhere', { Type: 'system' }),
      evaluation('quota', { QuotaLimitReached: 'q' }),
      evaluation('stopped'),
      evaluation('other', { Namespace: 'theirs' }),
    ],
    '/v1/job/told': job('told', { Namespace: 'default' }),
    '/v1/job/told/summary': { Summary: { app: { Queued: 2 } } },
    '/v1/job/untold': job('untold', { Namespace: 'default' }),
    '/v1/job/untold/summary': {},
    '/v1/job/stopped': job('stopped', { Stop: true }),
    '/v1/job/stopped/summary': { Summary: { app: { Queued: 2 } } },
  });
  const asks = await readPending(client, 'default', never);
  assert.deepEqual(
    asks.map((one) => [one.job.ID, [...(one.counts ?? [])]]),
    [
      [
        'untold',
        [
          ['app', 5],
          ['b', 0],
        ],
      ],
      [
        'told',
        [
          ['app', 2],
          ['b', 0],
        ],
      ],
    ],
  );
});
