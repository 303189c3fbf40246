import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { HttpError } from '../../../src/http/answer.ts';
import { type HttpServer, serveHttp } from '../../../src/http/server.ts';
import type { AgentView } from '../../../src/http/view.ts';
import { systemClock, virtualClock } from '../../../src/lib/clock.ts';
import { usageError } from '../../../src/lib/error.ts';
import { createLog, noLog } from '../../../src/lib/log.ts';
import { agentView, ask } from '../../support/agent-view.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

async function serving(t: TestContext, over: Partial<AgentView> = {}, clock = systemClock) {
  const lines: string[] = [];
  const write = (record: string) => lines.push(record.replace(/^\S+ /, '').trimEnd());
  const log = createLog({ level: 'trace', json: false, location: false, clock, write }).root;
  const server: HttpServer = await serveHttp({
    bindAddress: '127.0.0.1',
    bindPort: 0,
    view: agentView(over),
    log: log.named('agent').named('http_server'),
    clock,
  });
  t.after(() => server.close());
  const told = (pattern: RegExp) => lines.filter((line) => pattern.test(line));
  return { server, told, ask: (method: string, path: string) => ask(server.address, method, path) };
}

test('agent #A57: health is 200 and empty, 405 for anything but GET, and 503 once it no longer serves', async (t) => {
  const { server, ask, told } = await serving(t);
  const healthy = await ask('GET', '/v1/health');
  assert.equal(healthy.status, 200);
  assert.equal(healthy.body, '');
  assert.equal(healthy.headers['content-length'], '0');
  const put = await ask('PUT', '/v1/health');
  assert.equal(put.status, 405);
  assert.equal(put.body, 'Invalid method');
  assert.equal(put.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal((await ask('HEAD', '/v1/health')).headers['content-length'], '14');
  assert.equal(told(/request failed: method=PUT path=\/v1\/health error="Invalid method" code=405$/).length, 1);
  server.stopServing();
  const gone = await ask('GET', '/v1/health');
  assert.equal(gone.status, 503);
  assert.equal(gone.body, 'Service unavailable');
});

test('agent #A58: reload takes PUT and POST, and no other method', async (t) => {
  let reloads = 0;
  const { ask } = await serving(t, {
    reload: async () => {
      reloads++;
    },
  });
  for (const method of ['PUT', 'POST']) {
    const answer = await ask(method, '/v1/agent/reload');
    assert.deepEqual([answer.status, answer.body], [200, '']);
  }
  assert.equal((await ask('GET', '/v1/agent/reload')).status, 405);
  assert.equal(reloads, 2);
});

test('only the exact path reloads', async (t) => {
  const { ask, told } = await serving(t, { reload: () => assert.fail('must not reload') });
  for (const path of ['/v1/agent/x/reload', '/v1/agent/self', '/v1/agent/']) {
    const answer = await ask('PUT', path);
    assert.deepEqual([answer.status, answer.body, answer.headers['content-type']], [404, '', undefined]);
  }
  assert.equal(told(/request failed: method=PUT path=\/v1\/agent\/self error="" code=404/).length, 1);
});

test('a configuration that does not hold is the caller’s fault, anything else is ours', async (t) => {
  let error: Error = usageError('config_invalid', 'agent.hcl:1:1: Unsupported argument');
  const { ask } = await serving(t, { reload: () => Promise.reject(error) });
  assert.deepEqual(pick(await ask('PUT', '/v1/agent/reload')), [400, 'agent.hcl:1:1: Unsupported argument']);
  error = new HttpError(503, 'Service unavailable');
  assert.deepEqual(pick(await ask('PUT', '/v1/agent/reload')), [503, 'Service unavailable']);
});

test('agent #A63: a plain error becomes 500 with its text, a coded one its own status', async (t) => {
  let error: Error = new Error('boom');
  const { ask, told } = await serving(t, { plugins: () => assert.fail(error) });
  assert.deepEqual(pick(await ask('GET', '/v1/plugins')), [500, 'boom']);
  error = new HttpError(418, 'I am a teapot');
  assert.deepEqual(pick(await ask('GET', '/v1/plugins')), [418, 'I am a teapot']);
  assert.equal(told(/\[ERROR\] agent.http_server: request failed: .* error="I am a teapot" code=418$/).length, 1);
});

test('agent #A59: metrics are read with GET only', async (t) => {
  const { ask } = await serving(t);
  assert.deepEqual(pick(await ask('PUT', '/v1/metrics')), [405, 'Invalid method']);
});

test('agent #A60: metrics without anything recorded are a document of empty lists', async (t) => {
  const { ask } = await serving(t);
  for (const path of ['/v1/metrics', '/v1/metrics?format=json']) {
    const answer = await ask('GET', path);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(
      answer.body,
      '{"Counters":[],"Gauges":[],"Points":[],"PrecisionGauges":[],"Samples":[],"Timestamp":"2026-01-01 00:00:00 +0000 UTC"}',
    );
  }
});

test('agent #A61: the Prometheus form is text in portions, under two paths', async (t) => {
  async function* exposition() {
    yield 'a 1\n';
    yield 'process_resident_memory_bytes 2\n';
  }
  const { ask } = await serving(t, { exposition });
  for (const path of ['/v1/metrics?format=prometheus', '/metrics']) {
    const answer = await ask('GET', path);
    assert.deepEqual(pick(answer), [200, 'a 1\nprocess_resident_memory_bytes 2\n']);
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  }
});

test('agent #A62: the Prometheus form is 415 unless the operator switched it on', async (t) => {
  const { ask } = await serving(t);
  assert.deepEqual(pick(await ask('GET', '/v1/metrics?format=prometheus')), [415, 'Prometheus is not enabled']);
});

test('details and readiness tell what does not work; only readiness has a status of its own', async (t) => {
  let status: 'starting' | 'ready' | 'degraded' | 'stopping' = 'degraded';
  const problems = ['web.hcl:3:1: Unsupported argument'];
  const { ask } = await serving(t, { readiness: () => ({ status, problems, warnings: [] }) });
  const told = { status, problems, warnings: [] };
  const details = await ask('GET', '/v1/health?details');
  assert.deepEqual([details.status, JSON.parse(details.body)], [200, told]);
  const ready = await ask('GET', '/v1/ready');
  assert.deepEqual([ready.status, JSON.parse(ready.body)], [200, told]);
  status = 'starting';
  assert.equal((await ask('GET', '/v1/ready')).status, 503);
  assert.equal((await ask('GET', '/v1/health?details')).status, 200);
});

test('every request leaves a line with its duration, path and query', async (t) => {
  const { ask, told } = await serving(t);
  await ask('GET', '/v1/metrics?format=x');
  const line = /^\[TRACE\] agent.http_server: request complete: method=GET path=\/v1\/metrics\?format=x duration=\S+$/;
  await until(() => told(line).length === 1);
});

test('a port that is taken is told as Go tells it', async (t) => {
  const { server } = await serving(t);
  const options = { bindAddress: '127.0.0.1', view: agentView(), log: noLog, clock: systemClock };
  const port = Number(server.address.split(':')[1]);
  await assert.rejects(serveHttp({ ...options, bindPort: port }), {
    message: `could not setup HTTP listener: listen tcp 127.0.0.1:${port}: bind: address already in use`,
  });
  for (const bindPort of [-5, 70_000]) {
    await assert.rejects(serveHttp({ ...options, bindPort }), {
      message: `could not setup HTTP listener: listen tcp: address ${bindPort}: invalid port`,
    });
  }
});

test('closing waits for a running request, and cuts it off after 5 s', async (t) => {
  const clock = virtualClock();
  const inside = Promise.withResolvers<void>();
  const { server, ask, told } = await serving(
    t,
    {
      reload: () => {
        inside.resolve();
        return new Promise(() => undefined);
      },
    },
    clock,
  );
  const answer = ask('PUT', '/v1/agent/reload').catch((error: NodeJS.ErrnoException) => error.code);
  await inside.promise;
  let isClosed = false;
  const closing = server.close().then(() => {
    isClosed = true;
  });
  await clock.advance(4_999);
  assert.ok(!isClosed);
  await clock.advance(1);
  await closing;
  assert.equal(await answer, 'ECONNRESET');
  assert.equal(told(/could not gracefully shutdown HTTP server/).length, 1);
});

const recordings = 'golden/autoscaler/seed/01-no-node-in-pool';

test('agent #A89: answers have the status, headers and text of upstream', needsShared(recordings), async (t) => {
  const { ask } = await serving(t);
  const names = [
    'http-404',
    'http-root',
    'http-agent',
    'http-agent-self',
    'http-health',
    'http-health-put',
    'http-health-head',
    'http-metrics-put',
    'http-metrics-prometheus-disabled',
    'http-reload-get',
    'http-reload-put',
    'http-pprof-disabled',
  ];
  for (const name of names) {
    const [head = '', ...rest] = readFileSync(sharedPath(`${recordings}/${name}.txt`) ?? '', 'utf8').split('\n\n');
    const [, method = '', path = ''] = /^\$ (\S+) (\S+)/.exec(head) ?? [];
    const answer = await ask(method, path);
    assert.equal(answer.status, Number(/^HTTP (\d+)/m.exec(head)?.[1]), name);
    for (const [, header = '', value] of head.matchAll(/^([\w-]+): (.*)$/gm)) {
      if (header === 'Date' || header === 'Connection') continue;
      assert.equal(answer.headers[header.toLowerCase()], value, `${name}: ${header}`);
    }
    assert.equal(answer.body.trim(), rest.join('\n\n').trim(), name);
  }
});

function pick(answer: { readonly status: number; readonly body: string }) {
  return [answer.status, answer.body];
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !isSo(); turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(isSo());
}
