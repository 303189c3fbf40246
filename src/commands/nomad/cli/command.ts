/** What a command of the `nomad` command line is: its flags, and a function of what it is called with. */
import type { Clock } from '../../../lib/clock.ts';
import { AutoscalerError, explain, usageError } from '../../../lib/error.ts';
import { type Flag, type FlagValues, parseFlags } from '../../../lib/flags.ts';
import { type NomadClient, nomadClient, nomadRefusal } from '../../../nomad/client.ts';
import type { NomadSettings } from '../../../nomad/settings.ts';
import { type GeneralValues, generalFlags, settingsOf } from './general-flags.ts';

/** What every command is handed of its process. */
export interface CliParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly files: CliFiles;
  /** Text as it is, without a line break of its own. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: () => Promise<string>;
  /** Something is piped into this process: stdin is no terminal. */
  readonly isFed: boolean;
  /** Runs a program to its end with this process's output. @returns its exit status. */
  readonly execute: (program: string, args: readonly string[]) => Promise<number>;
  /** Nothing is asked yet. */
  readonly connect: (settings: NomadSettings) => Promise<Connection>;
  /** What `version` prints behind the `v`. */
  readonly version: string;
  readonly signal: AbortSignal;
}

export interface Connection {
  readonly client: NomadClient;
  close(): Promise<void>;
}

export interface CliFiles {
  /** @returns undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  absolute(path: string): string;
}

type Flags = Readonly<Record<string, Flag<unknown>>>;

/** One call of a command. */
export interface Call<F extends Flags = Record<never, Flag<unknown>>> extends CliParts {
  readonly values: FlagValues<F>;
  readonly operands: readonly string[];
  readonly client: NomadClient;
  /** Where the web UI would be. */
  readonly address: string;
  /** `default` unless told. */
  readonly namespace: string;
  /** The token that was given. */
  readonly token: string | undefined;
  /** Writes a line to stdout; a text may have several. */
  out(text: string): void;
  err(text: string): void;
}

/** A call of any command: what shared parts need. */
export type AnyCall = Omit<Call, 'values'>;

export interface NomadCommand {
  readonly synopsis: string;
  readonly usage: string;
  readonly flagNames: readonly string[];
  run(args: readonly string[], parts: CliParts): Promise<number>;
}

export interface CommandSpec<F extends Flags> {
  /** `job run`. */
  readonly name: string;
  /** What stands behind the name in the usage: `[options] <path>`. */
  readonly takes: string;
  readonly synopsis: string;
  readonly flags: F;
  /** The exit status when it fails. Default: 1. */
  readonly failureStatus?: number;
  /** The command whose help is recommended, where that is another one. */
  readonly helpOf?: string;
  /** @returns the exit status; nothing is 0. */
  run(call: Call<F>): Promise<number | undefined>;
}

/** What a file says, or stdin for `-`. @returns undefined when there is no such file. */
export const inputText = ({ stdin, files }: CliParts, path: string): Promise<string | undefined> =>
  path === '-' ? stdin() : files.read(path);

/** The end of a command with this text on stderr. */
export class CommandFailure extends AutoscalerError {
  override readonly name = 'CommandFailure';

  constructor(message: string) {
    super('command_failed', message, { blame: 'remote' });
  }
}

/** The arguments do not fit: the text and where to find help. */
export const wrongUsage = (message: string) => usageError('wrong_arguments', message);

/** @param what  the argument as the usage names it: `<path>`. @throws wrong usage unless it is the only one. */
export function onlyOperand(operands: readonly string[], what: string): string {
  const [operand, ...more] = operands;
  if (operand === undefined || more.length > 0) throw wrongUsage(`This command takes one argument: ${what}`);
  return operand;
}

/** @throws CommandFailure `<doing>: <what went wrong>`, as Nomad's command line says it. */
export async function attempt<T>(doing: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CommandFailure || !(error instanceof AutoscalerError)) throw error;
    throw new CommandFailure(`${doing}: ${explain(error)}`);
  }
}

/** @returns undefined when Nomad cannot answer, whatever its reason. */
export async function unlessRefusedBy<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (nomadRefusal(error) === undefined) throw error;
    return undefined;
  }
}

export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): NomadCommand {
  const flags = { ...generalFlags, ...spec.flags };
  const usage = `Usage: nomad ${spec.name} ${spec.takes}\n\n  ${spec.synopsis}.\n`;
  const failure = spec.failureStatus ?? 1;
  return {
    synopsis: spec.synopsis,
    usage,
    flagNames: Object.keys(flags),
    async run(args, parts) {
      let line: ReturnType<typeof parseFlags<typeof flags>>;
      try {
        line = parseFlags(flags, args);
      } catch (error) {
        parts.stderr(`${explain(error)}\n`);
        parts.stdout(`${usage}\n${optionsText(Object.keys(flags))}`);
        return failure;
      }
      const settings = settingsOf(line.values as GeneralValues, parts.env); // the general flags are among `flags`
      let connection: Connection | undefined;
      try {
        connection = await connectionOf(settings, parts);
        const values = line.values as unknown as FlagValues<F>; // and so are those of the command
        const call: Call<F> = {
          ...parts,
          ...{ values, operands: line.operands, address: settings.address, token: settings.token },
          client: connection.client,
          namespace: settings.namespace ?? 'default',
          out: (text) => parts.stdout(`${text}\n`),
          err: (text) => parts.stderr(`${text}\n`),
        };
        return (await spec.run(call)) ?? 0;
      } catch (error) {
        if (parts.signal.aborted || !(error instanceof AutoscalerError)) throw error;
        parts.stderr(`${error instanceof CommandFailure ? error.message : explain(error)}\n`);
        if (error.code === 'wrong_arguments')
          parts.stderr(`For additional help try 'nomad ${spec.helpOf ?? spec.name} -help'\n`);
        return failure;
      } finally {
        await connection?.close();
      }
    },
  };
}

/** Stands in for one that leads nowhere. */
const noAddress = 'http://127.0.0.1';
const hasScheme = ({ address }: NomadSettings): boolean => /^[a-z]+:\/\//.test(address);

/** An address without a scheme is refused with the first request, by the name of what was asked. */
async function connectionOf(settings: NomadSettings, parts: CliParts): Promise<Connection> {
  if (hasScheme(settings)) return parts.connect(settings);
  const client = nomadClient({ ...settings, address: noAddress }, async ({ method, path }) => {
    const verb = `${method.charAt(0)}${method.slice(1).toLowerCase()}`;
    throw usageError('invalid_address', `${verb} "${path}": unsupported protocol scheme ""`);
  });
  return { client, close: async () => undefined };
}

/** The options by name, as many as there are. */
export const optionsText = (names: readonly string[]): string =>
  `Options:\n${[...names]
    .sort()
    .map((name) => `  -${name}\n`)
    .join('')}`;
