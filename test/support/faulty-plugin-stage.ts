/** The built agent with plugins that have faults, each with a policy that needs it, beside one that needs none of them. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startNomad } from './embedded-nomad.ts';
import { type Fault, faultyPlugin } from './faulty-plugin.ts';
import { LogLines } from './faulty-plugin-log.ts';
import { freePort, startProgram, temporaryFolder } from './program.ts';

const policy = (name: string, target: string, count: number) => `scaling "${name}" {
  enabled = true
  type = "horizontal"
  min = 1
  max = 5
  policy {
    cooldown = "1h"
    evaluation_interval = "1s"
    check "fixed" {
      strategy "fixed-value" {
        value = ${count}
      }
    }
    target "${target}" {
      Job = "web"
      Group = "app"
    }
  }
}
`;

const base = (port: number, nomad: string) => `telemetry {
  prometheus_metrics = true
  disable_hostname = true
}
http {
  bind_port = ${port}
}
nomad {
  address = "${nomad}"
}
`;

/** The block of a plugin whose executable has its label for a name. @param more  further lines. */
export const block = (label: string, more = ''): string => `target "${label}" {\n  driver = "${label}"\n${more}}\n`;

/** Of `/v1/plugins`. */
export interface PluginRow {
  readonly label: string;
  readonly pid?: number;
  readonly state: string;
  readonly restarts: number;
  readonly circuit?: { readonly unanswered: number };
  readonly error?: string;
  readonly last_error?: string;
}

/** A Nomad, folders, and hands to change what the agent reads. */
export async function stage(t: TestContext) {
  const folder = temporaryFolder(t);
  for (const name of ['policies', 'plugins', 'sockets']) mkdirSync(join(folder, name));
  const nomad = await startNomad();
  t.after(() => nomad.close());
  await nomad.register('web', 1);
  const port = await freePort();
  const configFile = join(folder, 'agent.hcl');
  const pathOf = (label: string) => join(folder, 'plugins', label);
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  writeFileSync(join(folder, 'policies', 'web.hcl'), policy('web', 'nomad-target', 1));
  return {
    configFile,
    pathOf,
    configure: (blocks: readonly string[]) =>
      writeFileSync(configFile, `${base(port, nomad.address)}${blocks.join('')}`),
    /** Puts an executable into the plugin directory, with a policy that needs it and wants so many instances. */
    install(label: string, fault: Fault, count = 1): void {
      writeFileSync(pathOf(label), faultyPlugin(label, fault), { mode: 0o755 });
      writeFileSync(join(folder, 'policies', `${label}.hcl`), policy(label, label, count));
    },
    /** Starts the agent, in a process group of its own together with its plugins. */
    start() {
      const directories = [`-policy-dir=${folder}/policies`, `-plugin-dir=${folder}/plugins`];
      const args = ['agent', `-config=${configFile}`, ...directories, '-log-level=info'];
      const agent = startProgram(args, { env: { TMPDIR: join(folder, 'sockets') }, ownGroup: true });
      t.after(() => agent.stop());
      return { agent, log: new LogLines(agent.process) };
    },
    /** What plugins have left or have open where their sockets go. */
    sockets: () => readdirSync(join(folder, 'sockets')),
    plugins: async () => (await (await get('/v1/plugins')).json()) as readonly PluginRow[],
    policies: async () =>
      (await (await get('/v1/policies')).json()) as readonly { id: string; name: string; phase: string }[],
    problems: async () => ((await (await get('/v1/ready')).json()) as { problems: readonly string[] }).problems,
    metrics: async () => (await get('/v1/metrics?format=prometheus')).text(),
  };
}
