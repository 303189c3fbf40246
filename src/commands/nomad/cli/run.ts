/** From a command line to one command: its name may have several words, and the first may be an older spelling. */
import { didYouMean } from '../../../lib/nearest.ts';
import type { CliParts, NomadCommand } from './command.ts';
import { optionsText } from './command.ts';
import { nomadCommands, spellings } from './commands.ts';

/** @param args  what follows `nomad`. @returns the exit status. */
export async function runNomad(args: readonly string[], parts: CliParts): Promise<number> {
  const [first = ''] = args;
  if (first === 'server-members') parts.stderr(`${deprecated}\n\n`);
  if (/^--?autocomplete-(un)?install$/.test(first)) {
    parts.stderr('Shell completion is not offered here\n');
    return 1;
  }
  const words = first === '-v' || first === '-version' ? ['version', ...args.slice(1)] : spelledOut(args);
  const found = commandOf(words);
  if (found !== undefined) return found.command.run(words.slice(found.length), parts);
  const group = helpOfGroup(words);
  if (group !== undefined) {
    parts.stdout(group);
    return 1;
  }
  parts.stdout(`${nomadHelp()}${hintAt(first)}`);
  return 127;
}

const deprecated = `WARNING! The "nomad server-members" command is deprecated. Please use "nomad
server members" instead. This command will be removed a later version of
Nomad.
`;

/** With the words that an older spelling stands for in its place. */
function spelledOut([first = '', ...rest]: readonly string[]): readonly string[] {
  const meant = Object.hasOwn(spellings, first) ? spellings[first] : undefined;
  return [...(meant ?? first).split(' '), ...rest];
}

/** The longest name that the words begin with. */
function commandOf(words: readonly string[]): { readonly command: NomadCommand; readonly length: number } | undefined {
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const name = words.slice(0, length).join(' ');
    const command = Object.hasOwn(nomadCommands, name) ? nomadCommands[name] : undefined;
    if (command !== undefined) return { command, length };
  }
  return undefined;
}

/** What `-help` prints behind these words. */
export function nomadHelpOf(args: readonly string[]): string {
  const words = spelledOut(args.filter((arg) => !arg.startsWith('-')));
  const found = commandOf(words);
  if (found !== undefined) return `${found.command.usage}\n${optionsText(found.command.flagNames)}`;
  return helpOfGroup(words) ?? nomadHelp();
}

/** The commands whose names begin with these words; undefined when there are none. */
function helpOfGroup(words: readonly string[]): string | undefined {
  for (let length = Math.min(2, words.length); length > 0; length--) {
    const group = `${words.slice(0, length).join(' ')} `;
    const names = Object.keys(nomadCommands).filter((name) => name.startsWith(group));
    if (names.length > 0)
      return `Usage: nomad ${group}<subcommand> [options] [args]\n\nSubcommands:\n${listed(names.map(entryOf))}`;
  }
  return undefined;
}

const nomadHelp = (): string => {
  const entries = [['agent -dev', 'Runs the embedded Nomad'] as const, ...Object.keys(nomadCommands).map(entryOf)];
  return `Usage: nomad-autoscaler nomad <command> [args]\n\nCommands:\n${listed(entries)}`;
};

type Entry = readonly [name: string, synopsis: string];

const entryOf = (name: string): Entry => [name, nomadCommands[name]?.synopsis ?? ''];

function listed(entries: readonly Entry[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, synopsis]) => `    ${name.padEnd(width)}    ${synopsis}\n`).join('');
}

function hintAt(name: string): string {
  const question = didYouMean(name, [...Object.keys(nomadCommands), ...Object.keys(spellings)]);
  return question === '' ? '' : `\nThere is no command "${name}".${question}\n`;
}
