import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedPolicy, started, startTestAgent } from '../../support/agent.ts';

test('policy #P165: an update with a broken check is told with its place, and the old policy keeps running', async (t) => {
  const agent = await started(await startTestAgent(t, { files: { 'web.hcl': fixedPolicy('web', 4) } }));
  const rounds = async () => {
    const [policy] = JSON.parse((await agent.ask('GET', '/v1/policies')).body);
    const { ticks } = JSON.parse((await agent.ask('GET', `/v1/policies/${policy.id}`)).body);
    return ticks.length;
  };
  const broken = fixedPolicy('web', 7).replace('check "f" {', 'check "f" {\nquery_window = "5 minutes"');
  await agent.until(() => agent.target.scaledTo.length === 1);
  agent.write('policies/web.hcl', broken);
  await agent.until(() => agent.told(/web\.hcl:10:16: .*5 minutes/) > 0);
  const { status, body } = await agent.ask('GET', '/v1/ready');
  assert.match(body, /web\.hcl:10:16: /);
  assert.equal(status, 200);
  const before = await rounds();
  await agent.until(async () => (await rounds()) > before);
  assert.deepEqual(agent.target.scaledTo, [4]);
});
