/** Plugins that are real processes: the fixtures of the SDK as executables of a plugin directory. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HostWorld } from '../../src/goplugin/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { PluginBlock } from '../../src/plugin-manager/catalog.ts';
import { executableFinder } from '../../src/plugin-manager/executables.ts';
import { PluginManager } from '../../src/plugin-manager/manager.ts';
import { processOpener } from '../../src/plugin-manager/processes.ts';
import type { BundledPlugin } from '../../src/plugin-manager/select.ts';
import { pluginWorld } from './plugin.ts';

/** A shell script that turns into a plugin written for Node. */
export function scriptOf(fixture: string): string {
  const main = fileURLToPath(new URL(`../fixtures/plugins-sdk/${fixture}.ts`, import.meta.url));
  return `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${main}' "$@"\n`;
}

/** A plugin directory that is gone after the test. @param scripts  by name. */
export function pluginDir(context: TestContext, scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, script] of Object.entries(scripts)) writeFileSync(join(folder, name), script, { mode: 0o755 });
  return folder;
}

/** What a host of real processes needs, with real time. */
export function hostWorld() {
  const world = { ...pluginWorld(), clock: systemClock };
  const host: HostWorld = { clock: systemClock, log: world.log, env: process.env, spawn, randomBytes };
  return { world, host };
}

/** A manager that is closed after the test. */
export function processManager(
  context: TestContext,
  scripts: Readonly<Record<string, string>>,
  bundled: readonly BundledPlugin[] = [],
) {
  const { world, host } = hostWorld();
  const folder = pluginDir(context, scripts);
  const shelf = { pluginDir: folder, bundled, findExecutable: executableFinder(process.platform) };
  const manager = new PluginManager({ shelf, openProcess: processOpener(host), world });
  context.after(() => manager.close());
  return { manager, folder, world, apply: (...blocks: readonly PluginBlock[]) => manager.apply({ blocks, nomad: {} }) };
}

/** Looks again and again until `look` gives something. */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, withinMs = 10_000): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > until) throw new Error(`did not come true within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
