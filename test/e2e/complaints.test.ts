/** The acceptance case once more, as the operator of the story would have liked it: by the built agent and its built plugin. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startAgent } from '../openstack/agent.ts';
import type { TestCloud } from '../openstack/cloud.ts';
import { startFakeCloud } from '../openstack/fake-cloud.ts';
import { joined, openStage } from '../openstack/stage.ts';
import { ask } from '../support/agent-view.ts';
import { eventually } from '../support/program.ts';

describe('the eight complaints', () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await startFakeCloud();
  });
  after(() => cloud.close()); // once the stage is swept

  test('5 and 8: with the password in the environment alone, a pool grows for allocations that wait, to just as many nodes as they need', async (t) => {
    const stage = await openStage(t, cloud);
    const { password } = cloud.facts;
    const agent = await startAgent(t, stage, {
      policy: { max: '6', query: '"percentage-wanted_cpu"', target: '80' },
      ...{ leftOut: ['password'], env: { OS_PASSWORD: password } },
    });
    await joined(stage, 1);

    for (const job of ['a', 'b', 'c']) await stage.run(job, 1500); // a node has 2000 MHz
    await agent.line(/ calculating scaling target: .* from=1 to=3 reason="scaling up because factor is 2\.8/, 60_000);
    await joined(stage, 3);
    const quiet = agent.mark();
    await agent.line(/ calculating scaling target: .* from=3 to=3 | skipping scaling, no action needed/, 60_000, quiet);
    await eventually('all run', async () => {
      const places = [...stage.nomad.store.nodes()].flatMap((node) =>
        [...stage.nomad.store.allocationsOfNode(node.ID)].filter(({ ClientStatus }) => ClientStatus === 'running'),
      );
      return places.length === 3 ? true : undefined;
    });
    assert.equal((await stage.servers()).length, 3);

    const line = await agent.line(/ server now listening for connections: /);
    const address = /address=(\S+)/.exec(line)?.[1] ?? '';
    for (const path of ['/v1/policies', '/v1/health?details', '/v1/ready', '/v1/events', '/v1/metrics']) {
      const { body } = await ask(address, 'GET', path);
      assert.ok(!body.includes(password), path);
    }
    assert.ok(!agent.output().includes(password));
  });
});
