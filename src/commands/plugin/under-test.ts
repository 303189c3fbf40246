/** The plugin that a command is about: where its executable is, how it is started, and what it said last. */
import { type ChildProcess, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { explain, usageError } from '../../lib/error.ts';
import { boolFlag, type CommandLine, type Flag, listFlag, parseFlags } from '../../lib/flags.ts';
import type { ProcessCommand } from '../../sdk/subject.ts';
import type { Terminal } from '../shell.ts';
import type { PluginCommandOptions } from './options.ts';

/** Flags that say how a plugin is started. */
export const startFlags = { args: listFlag, 'auto-mtls': boolFlag };

/**
 * Reads the command line of a command about one executable, whose flags may stand on both sides of it.
 *
 * @throws `invalid_flag` (usage)
 */
export function readPluginLine<const F extends Readonly<Record<string, Flag<unknown>>>>(
  flags: F,
  args: readonly string[],
): { readonly executable: string; readonly values: CommandLine<F>['values'] } {
  const [executable, ...after] = parseFlags(flags, args).operands;
  if (executable === undefined) throw usageError('invalid_flag', 'name the executable of a plugin');
  const before = args.slice(0, args.length - after.length - 1);
  const { values, operands } = parseFlags(flags, [...before, ...after]);
  const [surplus] = operands;
  if (surplus !== undefined) throw usageError('invalid_flag', `unexpected argument ${JSON.stringify(surplus)}`);
  return { executable, values };
}

/** How the plugin of a command line is started: as an agent does, unless the flags say otherwise. */
export async function commandOf(
  name: string,
  flags: CommandLine<typeof startFlags>['values'],
  options: PluginCommandOptions,
  words: LastWords,
): Promise<ProcessCommand> {
  const { path, args } = await findPlugin(name, options);
  return {
    path,
    args: [...args, ...(flags.args ?? [])],
    env: options.env,
    autoMtls: flags['auto-mtls'] === false ? 'off' : 'preferred',
    stderr: words.take,
    spawn: spawnWithUs(),
  };
}

/** A file of this folder, else a bundled plugin by its driver, else a program of `PATH`. */
async function findPlugin(
  name: string,
  { cwd, bundled }: PluginCommandOptions,
): Promise<Pick<ProcessCommand, 'path' | 'args'>> {
  const file = resolve(cwd, name);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere || name.includes('/')) return { path: file, args: [] };
  return bundled.find(({ driver }) => driver === name)?.command ?? { path: name, args: [] };
}

/** Starts processes that end when this one is interrupted: a plugin leaves an interrupt to its host. */
function spawnWithUs(): typeof spawn {
  const children = new Set<ChildProcess>();
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const start = (...args: Parameters<typeof spawn>): ChildProcess => {
    const child = spawn(...args);
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  return start as typeof spawn; // its many forms differ in the pipes that they promise, not in what they do
}

/** The last lines of a plugin's stderr. */
export class LastWords {
  #text = '';

  readonly take = (chunk: Uint8Array): void => {
    this.#text = (this.#text + Buffer.from(chunk).toString()).slice(-8_000);
  };

  /** What came since it was last asked for. */
  lines(): readonly string[] {
    const lines = this.#text.split('\n').filter((line) => line !== '');
    this.#text = '';
    return lines.slice(-10);
  }
}

/** Tells of a failure: one line, and below it the rest of the error or else what the plugin said last. */
export function tellFailure(terminal: Terminal, what: string, error: unknown, words: LastWords): void {
  const [head = '', ...more] = explain(error).split('\n');
  terminal.err(`${what}: ${head}`);
  const said = words.lines();
  const below =
    more.length > 0 || said.length === 0 ? more : ['Last lines of its stderr:', ...said.map((line) => `  ${line}`)];
  for (const line of below) terminal.err(line === '' ? '' : `  ${line}`);
}
