/** What a command is given of the process it runs in, and the way from a command line to one command. */
import { didYouMean } from '../lib/nearest.ts';

export interface Terminal {
  /** Writes a line to stdout; a text may have several. */
  readonly out: (text: string) => void;
  /** The same to stderr. */
  readonly err: (text: string) => void;
}

export interface Command {
  /** Follows the command's name in the general help. */
  readonly synopsis: string;
  /** @param args  what follows the name: a command with parts tells of the part. */
  help(args: readonly string[]): Promise<string>;
  /** @returns the exit status. */
  run(args: readonly string[]): Promise<number>;
}

/** By name. Modules are imported only for the command that is run: name and synopsis must not need them. */
export type Commands = Readonly<Record<string, Command>>;

const helpFlags = new Set(['-h', '-help', '--help']);
const versionFlags = new Set(['-v', '-version', '--version']);

/**
 * Runs the command that a command line names.
 *
 * Compat: agent.md §3.1. A help flag anywhere before a bare `--` wins, even where a value is expected; flags before the
 * command are refused; without a command the general help goes to stderr with status 127.
 *
 * @param version  printed for a version flag when there is no command.
 * @returns        the exit status.
 */
export async function runCommandLine(
  args: readonly string[],
  commands: Commands,
  version: string,
  terminal: Terminal,
): Promise<number> {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const name = at < 0 ? '' : (args[at] ?? '');
  const before = at < 0 ? args : args.slice(0, at);
  const after = at < 0 ? [] : args.slice(at + 1);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const end = args.indexOf('--');
  const wantsHelp = args.slice(0, end < 0 ? args.length : end).some((arg) => helpFlags.has(arg));

  if (before.some((arg) => versionFlags.has(arg)) && !wantsHelp) {
    terminal.err(version);
    return 0;
  }
  if (command === undefined) {
    terminal.err(generalHelp(commands) + hint(name, commands));
    return wantsHelp && name === '' ? 0 : 127;
  }
  if (wantsHelp) {
    terminal.err(await command.help(after));
    return 0;
  }
  if (before.length > 0) {
    terminal.err('Invalid flags before the subcommand. If these flags are for');
    terminal.err('the subcommand, please put them after the subcommand.\n');
    terminal.err(await command.help(after));
    return 1;
  }
  return command.run(after);
}

function generalHelp(commands: Commands): string {
  const names = Object.keys(commands).sort();
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `    ${name.padEnd(width)}    ${commands[name]?.synopsis}`);
  return `Usage: nomad-autoscaler [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n${lines.join('\n')}\n`;
}

/** For a command that does not exist but sounds like one that does. */
function hint(name: string, commands: Commands): string {
  const question = didYouMean(name, Object.keys(commands));
  return question === '' ? '' : `\nThere is no command "${name}".${question}\n`;
}
