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

/** What is not as in the acceptance case. */
export interface AgentChanges {
  /** Values of the policy by key, as HCL; each key must be there. */
  readonly policy?: Readonly<Record<string, string>>;
  /** Keys that are left out of the plugin's configuration. */
  readonly leftOut?: readonly string[];
  readonly env?: Record<string, string>;
  /** Of Nomad. */
  readonly region?: string;
}

/** Ends with the test at the latest. */
export async function startAgent(
  t: TestContext,
  stage: Pick<Stage, 'cloud' | 'tap'>,
  changes: AgentChanges = {},
): Promise<Program> {
  const folder = temporaryFolder(t);
  for (const name of ['policies', 'plugins']) mkdirSync(join(folder, name));
  copyFileSync(executable, join(folder, 'plugins/os-nova'));
  writeFileSync(join(folder, 'policies/scaling.policy.hcl'), policyFor(stage.cloud, changes.policy));
  writeFileSync(join(folder, 'config.hcl'), configFor(stage, await freePort(), changes));
  const args = ['agent', `-plugin-dir=${folder}/plugins`, `-config=${folder}/config.hcl`];
  const agent = startProgram([...args, `-policy-dir=${folder}/policies`, '-log-level=debug'], {
    ...(changes.env && { env: changes.env }),
  });
  t.after(() => agent.stop());
  return agent;
}

function policyFor({ facts, intervalMs }: TestCloud, more: AgentChanges['policy'] = {}): string {
  const texts = {
    ...{ image_id: facts.imageId, network_id: facts.networkId, flavor_name: facts.flavorName },
    ...{ cooldown: `${2 * intervalMs}ms`, evaluation_interval: `${intervalMs}ms` },
  };
  const quoted = Object.entries(texts).map(([key, value]) => [key, JSON.stringify(value)]);
  const changes: Readonly<Record<string, string>> = { ...Object.fromEntries(quoted), ...more };
  return Object.entries(changes).reduce((text, [key, value]) => {
    const line = new RegExp(`^( *${key} = ).*$`, 'm');
    assert.match(text, line);
    return text.replace(line, `$1${value}`);
  }, verbatim);
}

/** product.md's list of blocks. */
const configFor = (
  { cloud, tap }: Pick<Stage, 'cloud' | 'tap'>,
  port: number,
  { leftOut = [], region = 'global' }: AgentChanges,
): string => `nomad {
  address = "${tap.nomad}"
  region = "${region}"
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
  .filter(([key]) => !leftOut.includes(key))
  .map(([key, value]) => `    ${key} = ${JSON.stringify(value)}`)
  .join('\n')}
  }
}
strategy "target-value" {
  driver = "target-value"
}
`;
