import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyDetails, policySummary } from '../../../src/http/policy-json.ts';
import { serveHttp } from '../../../src/http/server.ts';
import type { PolicyView } from '../../../src/http/view.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { TickReport } from '../../../src/model/tick.ts';
import { agentView, ask } from '../../support/agent-view.ts';

const at = Date.UTC(2026, 0, 1);

const policy: Policy = {
  id: 'a/b',
  name: 'web',
  source: 'file',
  origin: 'web.hcl:1:1',
  type: 'cluster',
  min: 1,
  max: 9,
  cooldownMs: 120_000,
  cooldownOnScaleUpMs: 60_000,
  evaluationIntervalMs: 10_000,
  onCheckError: undefined,
  checks: [
    {
      name: 'cpu',
      source: 'prometheus',
      query: 'avg(cpu)',
      queryWindowMs: 60_000,
      queryWindowOffsetMs: 0,
      queryInstant: false,
      group: '',
      onError: 'ignore',
      strategy: { name: 'target-value', config: { target: '9007199254740993' } },
    },
  ],
  target: { name: 'os-nova', config: { pool_name: 'web', password: 'hush', auth_url: 'http://u:hush@keystone' } },
  warnings: ['web.hcl:9:5: Unsupported argument'],
};

const report: TickReport = {
  policyId: 'a/b',
  at,
  tookMs: 12.00049,
  result: 'scaled',
  why: 'capped',
  status: { ready: true, count: 1, lastEventAt: at - 1_000, meta: {} },
  checks: [
    {
      check: 'cpu',
      group: '',
      source: 'prometheus',
      query: 'avg(cpu)',
      strategy: 'target-value',
      points: 3,
      newest: { at, value: Number.NaN },
      error: 'invalid',
      leftOut: 'ignored',
    },
  ],
  decision: { direction: 'up', count: 2, reason: 'more', meta: {} },
  from: 1,
  to: 2,
};

const view: PolicyView = {
  policy,
  phase: 'cooldown',
  cooldownUntil: at + 1_000,
  reports: [report, { ...report, at: at + 1 }],
};

test('a policy is shown in the words of HCL, with exact texts and its rounds newest first', () => {
  const details = JSON.parse(JSON.stringify(policyDetails(view)));
  assert.equal(details.cooldown, '2m0s');
  assert.equal(details.evaluation_interval, '10s');
  assert.deepEqual(details.checks[0].strategy, { name: 'target-value', config: { target: '9007199254740993' } });
  assert.equal(details.checks[0].query_window, '1m0s');
  assert.equal(details.cooldown_until, '2026-01-01T00:00:01.000Z');
  assert.deepEqual(
    details.ticks.map((tick: { at: string }) => tick.at),
    ['2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.000Z'],
  );
  assert.deepEqual(details.ticks[1].checks[0].newest, { at: '2026-01-01T00:00:00.000Z', value: 'NaN' });
  assert.equal(details.ticks[1].took_ms, 12);
  assert.deepEqual(details.ticks[1].decision, { direction: 'up', count: 2, reason: 'more', meta: {} });
});

test('the list tells what each policy is and how its last round went', () => {
  const summary = JSON.parse(JSON.stringify(policySummary(view)));
  assert.equal(summary.name, 'web');
  assert.equal(summary.phase, 'cooldown');
  assert.deepEqual(summary.warnings, ['web.hcl:9:5: Unsupported argument']);
  assert.deepEqual(summary.last_tick, {
    at: '2026-01-01T00:00:00.001Z',
    result: 'scaled',
    why: 'capped',
    count: 1,
  });
});

test('no secret of a target block is shown', () => {
  assert.doesNotMatch(JSON.stringify([policyDetails(view), policySummary(view)]), /hush/);
});

test('a policy is found by its ID, also one with a slash, and an unknown one is 404', async (t) => {
  const find = (id: string) => (id === policy.id ? view : undefined);
  const server = await serveHttp({
    bindAddress: '127.0.0.1',
    bindPort: 0,
    view: agentView({ policy: find, policies: () => [view] }),
    log: noLog,
    clock: systemClock,
  });
  t.after(() => server.close());
  assert.equal(JSON.parse((await ask(server.address, 'GET', '/v1/policies/a%2Fb')).body).name, 'web');
  assert.equal(JSON.parse((await ask(server.address, 'GET', '/v1/policies')).body).length, 1);
  const unknown = await ask(server.address, 'GET', '/v1/policies/c');
  assert.deepEqual([unknown.status, unknown.body], [404, 'policy not found']);
  assert.equal((await ask(server.address, 'GET', '/v1/policies/%zz')).status, 400);
});
