/** `nomad-autoscaler policy validate`: what the agent would say about policy files, without running one. */
import { loadConfig } from '../agent/config-files.ts';
import { pluginLabels, policySettings } from '../agent/policy-settings.ts';
import { explain, usageError } from '../lib/error.ts';
import { listFlag, parseFlags } from '../lib/flags.ts';
import { formatDiagnostic } from '../lib/source.ts';
import type { PluginBlock } from '../plugin-manager/catalog.ts';
import { readSchemas } from '../plugin-manager/schemas.ts';
import type { Shelf } from '../plugin-manager/select.ts';
import { validatePaths } from '../policy/validate.ts';
import type { Terminal } from './shell.ts';

export const policyHelp = `Usage: nomad-autoscaler policy validate [options] <file or directory> ...

  Checks policy files as the agent reads them, and more strictly: a key that the
  plugin of a target or strategy block does not know is an error here. The exit
  status is 1 when anything is wrong.

Options:

  -config=<path>
    A configuration file or directory of the agent: its plugin blocks tell which
    plugin a label means, and which labels there are. May be given several times.
`;

export interface PolicyCommandOptions {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly bundled: Shelf['bundled'];
  readonly findExecutable: Shelf['findExecutable'];
}

/** @returns the exit status. */
export async function runPolicyCommand(args: readonly string[], options: PolicyCommandOptions): Promise<number> {
  const [part, ...rest] = args;
  if (part !== 'validate') {
    options.terminal.err(policyHelp);
    return part === undefined ? 127 : 1;
  }
  try {
    return await validate(rest, options);
  } catch (error) {
    options.terminal.err(explain(error));
    return 1;
  }
}

async function validate(args: readonly string[], options: PolicyCommandOptions): Promise<number> {
  const { terminal, cwd, bundled, findExecutable } = options;
  const { values, operands } = parseFlags({ config: listFlag }, args);
  if (operands.length === 0) throw usageError('invalid_flag', 'name a policy file or a directory of policy files');
  const { config } = await loadConfig({ paths: values.config ?? [], flags: {}, cwd });
  const shelf = { pluginDir: config.pluginDir, bundled, findExecutable };
  const plugins = await readSchemas([...config.plugins, ...undeclared(config.plugins, bundled)], shelf);
  const labels = values.config === undefined ? {} : { labels: pluginLabels(config) };
  const found = await validatePaths(operands, { settings: policySettings(config), plugins, ...labels });

  const errors = found.diagnostics.filter(({ severity }) => severity === 'error');
  for (const diagnostic of found.diagnostics) {
    const what = diagnostic.severity === 'error' ? 'Error' : 'Warning';
    terminal.err(`${what}: ${formatDiagnostic(diagnostic)}`);
  }
  if (errors.length > 0) {
    terminal.err(`${count(errors.length, 'error')} in ${count(found.files.length, 'file')}`);
    return 1;
  }
  terminal.out(
    `${count(found.files.length, 'file')}, ${count(found.policies.length, 'enabled policy', 'enabled policies')}: valid`,
  );
  return 0;
}

/** Bundled plugins that no block declares, under their own names: most policies call them so. */
function undeclared(blocks: readonly PluginBlock[], bundled: Shelf['bundled']): readonly PluginBlock[] {
  const isDeclared = (type: string, label: string) =>
    blocks.some((block) => block.type === type && block.label === label);
  return bundled
    .filter(({ type, driver }) => !isDeclared(type, driver))
    .map(({ type, driver }) => ({ type, label: driver, driver, args: [], config: {}, autoMtls: true }));
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
