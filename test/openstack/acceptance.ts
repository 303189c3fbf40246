/**
 * The acceptance case: policy and agent configuration of the operator who started it all, by the built agent with the built
 * plugin as its subprocess. Nothing differs but IDs, addresses and, so that it does not take half an hour, two intervals.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, type Program, startProgram, temporaryFolder } from '../support/program.ts';
import type { TestCloud } from './cloud.ts';
import { missingFrom } from './recorded-lines.ts';
import { joined } from './scale-out.ts';
import type { Scenario } from './scenarios.ts';
import { credentials, openStage, type Stage } from './stage.ts';

const verbatim = readFileSync(new URL('../fixtures/policies/os-nova-worker-pool.hcl', import.meta.url), 'utf8');
const executable = fileURLToPath(new URL('../../dist/bin/plugins/os-nova', import.meta.url));

export const acceptanceScenarios: Readonly<Record<string, Scenario>> = {
  async 'the acceptance policy: from nothing to one by its bounds, to two by load, and back to one'(t, cloud) {
    const stage = await openStage(t, cloud);
    const agent = await startAgent(t, stage);

    const first = await agent.line(/ calculating scaling target: /, cloud.patienceMs);
    assert.match(first, / from=0 to=1 reason="current count \(0\) below limit \(1\)" /);
    await submitted(agent, cloud, 0);
    await joined(stage, 1);
    const [server] = await stage.servers();
    assert.match(server?.name ?? '', /^nom-[0-9a-f]{8}-[0-9a-f]{4}$/);
    assert.deepEqual(server?.tags.toSorted(), ['na_pool:nom-pool', 'nom-pool', 'ubuntu-minimal']);

    const busy = agent.mark();
    await stage.run('small', 200);
    await stage.run('big', 1500); // 1700 of 2000 MHz: 85 % against 70 %
    await agent.line(
      / calculating scaling target: .* from=1 to=2 reason="scaling up because factor is 1\.21/,
      60_000,
      busy,
    );
    await submitted(agent, cloud, busy);
    await joined(stage, 2);
    assert.equal((await stage.servers()).length, 2);
    await stage.run('late', 400); // there is room for it on the second node only

    const idle = agent.mark();
    const before = stage.tap.seen.length;
    await stage.stop('big');
    await agent.line(
      / calculating scaling target: .* from=2 to=1 reason="scaling down because factor is /,
      60_000,
      idle,
    );
    await submitted(agent, cloud, idle);
    assert.deepEqual(stage.tap.writes(before), [
      'PUT /node/*/drain',
      'POST /servers/*/metadata',
      'POST /servers/*/action os-stop',
      'DELETE /servers/*',
      'PUT /node/*/purge',
    ]);
    const [left, ...others] = await stage.servers();
    assert.deepEqual([others, stage.nodes()], [[], [`${left?.name} ready`]]);
    const quiet = agent.mark();
    await agent.line(/ calculating scaling target: .* from=1 to=1 | skipping scaling, no action needed/, 60_000, quiet);

    agent.process.kill('SIGTERM');
    assert.equal(await agent.ended(), 0);
    assert.doesNotMatch(agent.output(), /\[ERROR\]/);
    assert.doesNotMatch(agent.output(), new RegExp(cloud.facts.password));
    const missing = missingFrom(agent.output());
    if (missing === undefined)
      t.diagnostic('left out: the recordings of the real autoscaler are not beside this repository');
    assert.deepEqual(missing ?? [], []);
  },
};

const submitted = (agent: Program, { patienceMs }: TestCloud, from: number): Promise<string> =>
  agent.line(
    / successfully submitted scaling action to target, scaling policy has been placed into cooldown: /,
    2 * patienceMs,
    from,
  );

async function startAgent(t: TestContext, stage: Stage): Promise<Program> {
  const folder = temporaryFolder(t);
  for (const name of ['policies', 'plugins']) mkdirSync(join(folder, name));
  copyFileSync(executable, join(folder, 'plugins/os-nova'));
  writeFileSync(join(folder, 'policies/scaling.policy.hcl'), policyFor(stage.cloud));
  writeFileSync(join(folder, 'config.hcl'), configFor(stage, await freePort()));
  const agent = startProgram([
    'agent',
    `-plugin-dir=${folder}/plugins`,
    `-config=${folder}/config.hcl`,
    `-policy-dir=${folder}/policies`,
    '-log-level=debug',
  ]);
  t.after(() => agent.stop());
  return agent;
}

function policyFor({ facts }: TestCloud): string {
  const changes: Readonly<Record<string, string>> = {
    ...{ image_id: facts.imageId, network_id: facts.networkId, flavor_name: facts.flavorName },
    ...{ cooldown: '4s', evaluation_interval: '2s' },
  };
  return Object.entries(changes).reduce((text, [key, value]) => {
    const line = new RegExp(`^( *${key} = ).*$`, 'm');
    assert.match(text, line);
    return text.replace(line, `$1${JSON.stringify(value)}`);
  }, verbatim);
}

/** product.md's list of blocks. */
const configFor = ({ cloud, tap }: Stage, port: number): string => `nomad {
  address = "${tap.nomad}"
  region = "global"
}
http {
  bind_address = "127.0.0.1"
  bind_port = ${port}
}
apm "nomad-apm" {
  driver = "nomad-apm"
}
target "os-nova" {
  driver = "os-nova"
  config = {
${Object.entries(credentials(cloud, tap))
  .map(([key, value]) => `    ${key} = ${JSON.stringify(value)}`)
  .join('\n')}
  }
}
strategy "target-value" {
  driver = "target-value"
}
`;
