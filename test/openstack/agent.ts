/** The built agent with the acceptance policy and configuration, and the built plugin in its plugin folder. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, type Program, startProgram, temporaryFolder } from '../support/program.ts';
import type { TestCloud } from './cloud.ts';
import { credentials, type Stage } from './stage.ts';

const verbatim = readFileSync(new URL('../fixtures/policies/os-nova-worker-pool.hcl', import.meta.url), 'utf8');
const executable = fileURLToPath(new URL('../../dist/bin/plugins/os-nova', import.meta.url));

/** Ends with the test at the latest. */
export async function startAgent(t: TestContext, stage: Stage): Promise<Program> {
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

function policyFor({ facts, intervalMs }: TestCloud): string {
  const changes: Readonly<Record<string, string>> = {
    ...{ image_id: facts.imageId, network_id: facts.networkId, flavor_name: facts.flavorName },
    ...{ cooldown: `${2 * intervalMs}ms`, evaluation_interval: `${intervalMs}ms` },
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
