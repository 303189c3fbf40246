/** `nomad-autoscaler plugin`: begin a plugin, look at one, try one. */
import { explain } from '../lib/error.ts';
import { infoHelp, runPluginInfo } from './plugin/info.ts';
import { initHelp, runPluginInit } from './plugin/init.ts';
import type { PluginCommandOptions } from './plugin/options.ts';
import { runPluginTest, testHelp } from './plugin/test.ts';

type Part = (args: readonly string[], options: PluginCommandOptions) => Promise<number>;

const parts: Readonly<Record<string, { readonly help: string; readonly run: Part }>> = {
  init: { help: initHelp, run: runPluginInit },
  info: { help: infoHelp, run: runPluginInfo },
  test: { help: testHelp, run: runPluginTest },
};

const generalHelp = `Usage: nomad-autoscaler plugin <init|info|test> [<args>]

  plugin init <apm|strategy|target> <name> [<dir>]
    Writes a plugin project that can be tested, built and run.

  plugin info [options] <executable>
    Starts a plugin as an agent does, and says what it is.

  plugin test [options] <executable>
    Puts a plugin through the rules of its type.

Each of them says more with -help.
`;

/** @param args  what follows `plugin`. */
export function pluginHelp([part = '']: readonly string[]): string {
  return Object.hasOwn(parts, part) ? (parts[part]?.help ?? '') : generalHelp;
}

/** @returns the exit status. */
export async function runPluginCommand(args: readonly string[], options: PluginCommandOptions): Promise<number> {
  const [name = '', ...rest] = args;
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part === undefined) {
    options.terminal.err(generalHelp);
    return name === '' ? 127 : 1;
  }
  try {
    return await part.run(rest, options);
  } catch (error) {
    options.terminal.err(`Error: ${explain(error)}`);
    return 1;
  }
}
