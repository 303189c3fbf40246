/** Clients of plugins for tests: their world, and a way to run a plugin through a runner. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';
import { type ClientOptions, PluginClient, type PluginSet } from '../../src/goplugin/client.ts';
import type { RunnerCommand, StartedRunner } from '../../src/goplugin/runner.ts';
import type { ClientWorld } from '../../src/goplugin/system.ts';
import { cookie, hostWorld, LogBook } from './goplugin.ts';

/** What the fixture plugins are asked for: the channel itself. */
export const channelOnly = { target: ({ channel }) => channel } satisfies PluginSet;

export function clientWorld(log: LogBook, overrides: Partial<ClientWorld> = {}): ClientWorld {
  return {
    ...hostWorld(log),
    tempDir: tmpdir(),
    sendSignal: (pid, signal) => process.kill(pid, signal),
    ...overrides,
  };
}

/** A client that is killed after the test. */
export function clientOf<Set extends PluginSet = typeof channelOnly>(
  t: Pick<TestContext, 'after'>,
  options: Partial<ClientOptions<Set>>,
  overrides: Partial<ClientWorld> = {},
) {
  const log = new LogBook();
  const all = { cookie, versions: { 1: channelOnly }, ...options } as ClientOptions<Set>;
  const client = new PluginClient<Set>(all, clientWorld(log, overrides));
  t.after(() => client.kill());
  return { client, log };
}

/** Runs the command on this machine, as a runner would run it somewhere else. */
export async function runHere(
  command: { readonly path: string; readonly args: readonly string[] },
  { env }: RunnerCommand,
): Promise<StartedRunner> {
  const child = spawn(command.path, [...command.args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  await once(child, 'spawn');
  const { stdout, stderr, pid } = child;
  return { id: `here-${pid}`, name: 'runner-plugin', stdout, stderr, exit, kill: () => void child.kill('SIGKILL') };
}
