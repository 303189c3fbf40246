/** `nomad-autoscaler plugin info`: starts a plugin as an agent does, and says what it is. */
import { exitText } from '../../goplugin/child.ts';
import { systemClock, withDeadline } from '../../lib/clock.ts';
import type { PluginInfo, PluginType, Setting } from '../../model/plugin.ts';
import { type ProcessCommand, startSubject } from '../../sdk/subject.ts';
import type { Extensions } from '../../wire/extensions.ts';
import type { PluginCommandOptions } from './options.ts';
import { commandOf, LastWords, readPluginLine, startFlags, tellFailure } from './under-test.ts';

export const infoHelp = `Usage: nomad-autoscaler plugin info [options] <executable>

  Starts a plugin as an agent does, asks what it is, and ends it again. It is
  given no settings. The executable is a path, or the name of a bundled plugin.

Options:

  -args=<argument>
    An argument of the executable, as one of args in the agent's plugin block.
    May be given several times.

  -auto-mtls=<bool>
    Offer certificates to the plugin. The default is true.
`;

const answerMs = 10_000;

/** What is found out about a plugin. */
interface Facts {
  readonly info: PluginInfo;
  readonly extensions: Extensions;
  readonly path: string;
  readonly version: number;
  readonly socket: string;
  readonly isEncrypted: boolean;
  readonly readyMs: number;
  readonly end: string;
}

/** @returns the exit status. */
export async function runPluginInfo(args: readonly string[], options: PluginCommandOptions): Promise<number> {
  const { executable, values } = readPluginLine(startFlags, args);
  const words = new LastWords();
  const command = await commandOf(executable, values, options, words);
  try {
    const facts = await look(command);
    options.terminal.out(factLines(facts).join('\n'));
    return 0;
  } catch (error) {
    tellFailure(options.terminal, `Error: plugin ${executable}`, error, words);
    return 1;
  }
}

async function look(command: ProcessCommand): Promise<Facts> {
  const begun = systemClock.elapsed();
  const launched = await startSubject(command);
  const { path, version, network, address, isEncrypted } = launched.process;
  try {
    const [info, extensions] = await withDeadline(systemClock, answerMs, undefined, (signal) =>
      Promise.all([launched.info(signal), launched.extensions(signal)]),
    );
    const readyMs = systemClock.elapsed() - begun;
    const asked = systemClock.elapsed();
    const { forced } = await launched.process.kill();
    const status = exitText(await launched.process.exited) ?? 'exit status 0';
    const endMs = systemClock.elapsed() - asked;
    const end = forced ? 'it had to be killed' : `by itself within ${Math.round(endMs)} ms, ${status}`;
    return { info, extensions, path, version, socket: `${network} ${address}`, isEncrypted, readyMs, end };
  } finally {
    await launched.process.kill();
  }
}

const blockNames: Readonly<Record<PluginType, string>> = {
  apm: 'apm block',
  strategy: 'strategy block',
  target: 'target block',
};

function factLines(facts: Facts): readonly string[] {
  const { info, extensions, path, version, socket, isEncrypted, readyMs, end } = facts;
  const { services, settings } = extensions;
  const block = blockNames[info.type];
  return [
    `${info.name} (${info.type})`,
    ...table([
      ['executable', path],
      ['ready after', `${Math.round(readyMs)} ms`],
      ['protocol', `go-plugin 1, application version ${version}, gRPC`],
      ['socket', socket],
      ['encryption', isEncrypted ? 'AutoMTLS' : 'none: it showed no certificate'],
      ['ended', end],
      ['extensions', services.length === 0 ? 'none' : services.join(', ')],
    ]),
    ...(settings === undefined
      ? ['', 'It publishes no keys: an agent hands its settings over as they are.']
      : [
          ...keyLines(`Keys of config in the agent's ${block}:`, settings.agent),
          ...(info.type === 'apm' ? [] : keyLines(`Keys of a policy's ${block}:`, settings.policy)),
        ]),
  ];
}

function keyLines(head: string, settings: readonly Setting[]): readonly string[] {
  if (settings.length === 0) return ['', `${head} none`];
  const rows = settings.map(({ key, type, required, default: fallback, env, doc }) => {
    const absent = required ? 'required' : fallback === undefined ? '' : `default ${fallback}`;
    return [key, type, absent, env === undefined ? doc : `${doc} Environment: ${env}.`];
  });
  return ['', head, ...table(rows)];
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(width(column))).join('   ')}`.trimEnd());
}
