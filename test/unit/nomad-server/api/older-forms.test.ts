/** What walkthroughs of old send and read; a server that is not told to know them is as Nomad is today. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const nodes = [{ name: 'n1', cpuMhz: 2500, memoryMb: 1704, diskMb: 7493, reserved: { cpuMhz: 100 } }];

const nodeOf = async (nomad: TestNomad) => {
  const [{ ID }] = (await nomad.get('/v1/nodes')).json;
  return (await nomad.get(`/v1/node/${ID}`)).json;
};

test('a node tells its resources in one flat piece, as it did', async () => {
  const { Resources, Reserved } = await nodeOf(testNomad({ nodes }));
  const network = { Device: 'lo', CIDR: '127.0.0.1/32', IP: '127.0.0.1', MBits: 1000 };
  const ports = { ReservedPorts: null, DynamicPorts: null };
  const sizes = { CPU: 2500, MemoryMB: 1704, DiskMB: 7493, IOPS: 0 };
  assert.deepEqual(Resources, { ...sizes, Networks: [{ ...network, ...ports }] });
  assert.deepEqual(Reserved, { CPU: 100, MemoryMB: 0, DiskMB: 0, IOPS: 0, Networks: null });
  assert.ok(!('Resources' in (await nodeOf(testNomad({ nodes, legacy: false })))));
});

test('the network of a group is told with its tasks, as it was', async () => {
  const networksIn = async (legacy: boolean) => {
    const nomad = testNomad({ legacy });
    await nomad.put('/v1/jobs', jobBody('web', { group: { Networks: [{ DynamicPorts: [{ Label: 'http' }] }] } }));
    await nomad.clock.advance(1000);
    const [{ ID }] = (await nomad.get('/v1/job/web/allocations')).json;
    return (await nomad.get(`/v1/allocation/${ID}`)).json.TaskResources.t.Networks;
  };
  const [network] = await networksIn(true);
  assert.equal(network.IP, '127.0.0.1');
  assert.equal(network.DynamicPorts[0].Label, 'http');
  assert.equal(await networksIn(false), null);
});

test('a time to end that is a text is passed over, as it is today refused', async () => {
  const body = jobBody('web', { task: { KillTimeout: '30s' } });
  const nomad = testNomad();
  assert.equal((await nomad.put('/v1/jobs', body)).status, 200);
  assert.equal((await nomad.get('/v1/job/web')).json.TaskGroups[0].Tasks[0].KillTimeout, 5e9);
  assert.equal((await testNomad({ legacy: false }).put('/v1/jobs', body)).status, 400);
});
