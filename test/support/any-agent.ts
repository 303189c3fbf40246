/** An agent, ours or upstream's, as a process of its own with files of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Command } from './plugin-pair.ts';
import { endWithUs } from './proc.ts';
import { freePort, temporaryFolder } from './program.ts';

export interface AgentFiles {
  /** HCL. */
  readonly config: string;
  /** What stands in the plugin folder, by driver. */
  readonly plugins?: Readonly<Record<string, Command>>;
  /** Beside those that say where the files and Nomad are. */
  readonly flags?: readonly string[];
}

/** Starts it on a Nomad; it ends with the test at the latest. @param output  where both of its streams go. */
export async function startAnyAgent(
  t: TestContext,
  agent: Command,
  nomad: string,
  { config, plugins = {}, flags = [] }: AgentFiles,
  output: 'pipe' | 'inherit',
): Promise<ChildProcess> {
  const folder = temporaryFolder(t);
  for (const name of ['plugins', 'policies']) mkdirSync(join(folder, name));
  for (const [driver, command] of Object.entries(plugins)) writePlugin(join(folder, 'plugins', driver), command);
  writeFileSync(join(folder, 'agent.hcl'), config);
  const paths = [`-config=${folder}/agent.hcl`, `-plugin-dir=${folder}/plugins`, `-policy-dir=${folder}/policies`];
  const ways = [`-nomad-address=${nomad}`, `-http-bind-port=${await freePort()}`];
  const child = spawn(agent.path, [...agent.args, 'agent', ...paths, ...ways, ...flags], {
    stdio: ['ignore', output, output],
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` }, // for plugins that are scripts of ours
  });
  endWithUs(child);
  t.after(() => child.kill('SIGKILL'));
  return child;
}

function writePlugin(file: string, { path, args }: Command): void {
  if (args.length === 0) {
    symlinkSync(path, file);
    return;
  }
  writeFileSync(file, `#!/bin/sh\nexec ${[path, ...args].map((word) => `'${word}'`).join(' ')}\n`);
  chmodSync(file, 0o755);
}
