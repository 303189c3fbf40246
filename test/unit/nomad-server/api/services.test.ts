/** Services that running allocations offer by Nomad's own provider. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

test('a running allocation offers its services under its address and port, until it stops', async () => {
  const nomad = testNomad();
  const group = {
    Networks: [{ DynamicPorts: [{ Label: 'http' }] }],
    Services: [{ Name: 'web-svc', PortLabel: 'http', Provider: 'nomad', Tags: ['a'] }],
  };
  await nomad.put('/v1/jobs', jobBody('web', { group }));
  await nomad.clock.advance(10);
  assert.deepEqual((await nomad.get('/v1/services')).json, []);
  await nomad.clock.advance(2000);
  const [allocation] = (await nomad.get('/v1/allocations?resources=true')).json;
  const [offered, ...others] = (await nomad.get('/v1/service/web-svc')).json;
  assert.equal(others.length, 0);
  assert.equal(offered.ID, `_nomad-task-${allocation.ID}-group-g-web-svc-http`);
  const [port] = allocation.AllocatedResources.Shared.Ports;
  assert.deepEqual([offered.Address, offered.Port, offered.Tags], [port.HostIP, port.Value, ['a']]);
  assert.deepEqual((await nomad.get(`/v1/allocation/${allocation.ID}/services`)).json, [offered]);
  assert.deepEqual((await nomad.get('/v1/job/web/services')).json, [offered]);
  const names = [{ Namespace: 'default', Services: [{ ServiceName: 'web-svc', Tags: ['a'] }] }];
  assert.deepEqual((await nomad.get('/v1/services')).json, names);
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(1000);
  assert.deepEqual((await nomad.get('/v1/service/web-svc')).json, []);
});
