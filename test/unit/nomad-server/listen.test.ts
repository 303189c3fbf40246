/** The API on a port of loopback, and in the shape of fetch. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { AutoscalerError } from '../../../src/lib/error.ts';
import { listen } from '../../../src/nomad-server/listen.ts';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

const loopback = { host: '127.0.0.1', port: 0 };

test('a job registered over the socket is there', async () => {
  const nomad = testNomad();
  const listening = await listen(nomad.server, loopback);
  const base = `http://127.0.0.1:${listening.port}`;
  const answer = await fetch(`${base}/v1/jobs`, { method: 'PUT', body: JSON.stringify(jobBody('web')) });
  assert.equal(answer.status, 200);
  assert.ok(answer.headers.get('x-nomad-index'));
  const job = await fetch(`${base}/v1/job/web`);
  assert.equal(job.headers.get('content-type'), 'application/json');
  await listening.close();
});

test('a port that is taken is one clear error', async () => {
  const nomad = testNomad();
  const first = await listen(nomad.server, loopback);
  await assert.rejects(listen(nomad.server, { host: '127.0.0.1', port: first.port }), (error) => {
    assert.ok(error instanceof AutoscalerError);
    assert.equal(error.code, 'address_in_use');
    assert.equal(error.message, `address 127.0.0.1:${first.port} is already in use`);
    return true;
  });
  await first.close();
});

test('a parked read whose caller hangs up is forgotten', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const listening = await listen(nomad.server, loopback);
  const stop = new AbortController();
  const url = `http://127.0.0.1:${listening.port}/v1/jobs?index=${nomad.server.store.index}&wait=60s`;
  const waiting = fetch(url, { signal: stop.signal }).catch((error: unknown) => error);
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
  };
  await until(() => nomad.server.store.watches.size > 0);
  stop.abort();
  await waiting;
  await until(() => nomad.server.store.watches.size === 0);
  await listening.close();
});

test('a caller that goes away in the middle of its body does no harm', async () => {
  const nomad = testNomad();
  const listening = await listen(nomad.server, loopback);
  await new Promise<void>((resolve) => {
    const socket = connect(listening.port, '127.0.0.1', () => {
      socket.write('PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"Job":', () => {
        socket.destroy();
        resolve();
      });
    });
  });
  assert.equal((await fetch(`http://127.0.0.1:${listening.port}/v1/jobs`)).status, 200);
  await listening.close();
});

test('the same API answers a fetch without a socket', async () => {
  const nomad = testNomad();
  const answer = await nomad.server.fetch(new Request('http://nomad/v1/status/leader'));
  assert.equal(await answer.json(), '127.0.0.1:4647');
});

test('clients join, leave and come back over the control endpoint', async () => {
  const nomad = testNomad();
  const joined = await nomad.put('/v1/_sim/nodes', { name: 'n2', nodeClass: 'big', cpuMhz: 8000 });
  const url = `/v1/node/${joined.json.ID}`;
  const { json } = await nomad.get(url);
  assert.deepEqual([json.Name, json.NodeClass, json.NodeResources.Cpu.CpuShares], ['n2', 'big', 8000]);
  await nomad.put('/v1/_sim/node/n2/leave');
  assert.equal((await nomad.get(url)).json.Status, 'down');
  await nomad.put('/v1/_sim/node/n2/return');
  assert.equal((await nomad.get(url)).json.Status, 'ready');
  assert.equal((await nomad.put('/v1/_sim/node/n9/leave')).status, 404);
});

test('a stream comes to its end when the server stops listening', async () => {
  const nomad = testNomad();
  const listening = await listen(nomad.server, loopback);
  const answer = await fetch(`http://127.0.0.1:${listening.port}/v1/event/stream`);
  assert.equal(answer.status, 200);
  const text = answer.text();
  await listening.close();
  assert.match(await text, /^\{\}\n/);
});
