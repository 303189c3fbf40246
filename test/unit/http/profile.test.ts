import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { serveHttp } from '../../../src/http/server.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import { agentView, ask } from '../../support/agent-view.ts';

async function serving(t: TestContext, debug: boolean) {
  const server = await serveHttp({
    bindAddress: '127.0.0.1',
    bindPort: 0,
    view: agentView(),
    log: noLog,
    clock: systemClock,
    debug,
  });
  t.after(() => server.close());
  return (path: string) => ask(server.address, 'GET', path);
}

test('profiles are there only when they are switched on', async (t) => {
  const off = await serving(t, false);
  assert.equal((await off('/debug/pprof/')).status, 404);
  const on = await serving(t, true);
  assert.equal((await on('/debug/pprof/')).status, 200);
});

test('a profile covers the seconds that are asked for', async (t) => {
  const get = await serving(t, true);
  const cpu = JSON.parse((await get('/debug/pprof/profile?seconds=0.05')).body);
  assert.ok(cpu.endTime - cpu.startTime >= 40_000, 'microseconds');
  assert.ok(cpu.nodes.length > 0);
  assert.ok('head' in JSON.parse((await get('/debug/pprof/heap?seconds=0.05')).body));
});

test('a profile that would outlast its answer is refused, the default of upstream among them', async (t) => {
  const get = await serving(t, true);
  for (const query of ['', '?seconds=15', '?seconds=x', '?seconds=-1']) {
    assert.equal((await get(`/debug/pprof/profile${query}`)).status, 400);
  }
});
