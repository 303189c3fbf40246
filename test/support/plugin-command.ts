/** `nomad-autoscaler plugin …` in this process, with what it prints. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundledPlugins } from '../../src/builtin.ts';
import { runPluginCommand } from '../../src/commands/plugin.ts';
import { keptTerminal } from './agent-terminal.ts';

const packageDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A folder that is gone after the test. */
export function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-command-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the command in a folder. Paths of the package are shown as PACKAGE, the folder as DIR. */
export async function pluginCommand(cwd: string, args: readonly string[], part: { readonly packageDir?: string } = {}) {
  const { terminal, stdout, stderr } = keptTerminal();
  const options = { terminal, cwd, env: process.env, bundled: bundledPlugins(process.execPath), packageDir, ...part };
  const code = await runPluginCommand(args, options);
  const shown = (text: string) => text.replaceAll(cwd, 'DIR').replaceAll(packageDir, 'PACKAGE');
  return { code, stdout: shown(stdout()), stderr: shown(stderr()) };
}

/** Arguments that run one of the plugins of test/fixtures/plugins-sdk from its source. */
export function fromSource(name: string): readonly string[] {
  const main = join(packageDir, `test/fixtures/plugins-sdk/${name}.ts`);
  return [process.execPath, '-args=--conditions=source', `-args=${main}`];
}
