/**
 * hclog-style logging: levels, named loggers, fields. Text or JSON lines. A line of a disabled level costs one
 * integer compare. Source: spec agent.md §8.
 */
import type { Clock } from './clock.ts';
import { type JsonParts, jsonLine } from './log-json.ts';
import { textFields, textLine } from './log-text.ts';
import { logTimes } from './log-time.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'off';

/** A field's value: text, number, boolean, `durationMs(…)`, an Error (its explained text), a list or a map of these. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a part writes its lines: a fixed message, and fields. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** True when a line of that level would be written: ask before building costly fields. */
  isEnabled(level: LogLevel): boolean;
  /** A child whose name is `<this>.<name>`; on a nameless root just `<name>`. */
  named(name: string): Logger;
  /** A child that puts these context fields first in each line. */
  with(fields: LogFields): Logger;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  /** Say in each line which source line wrote it: costs a stack trace per line. */
  readonly location: boolean;
  readonly clock: Pick<Clock, 'now'>;
  /** Takes one record with its line ending. */
  readonly write: (record: string) => void;
}

/** A tree of loggers with one level and one destination. */
export interface Log {
  /** Nameless. */
  readonly root: Logger;
  /** Takes effect at once for every logger of the tree. */
  setLevel(level: LogLevel): void;
  /** From here on nothing is written any more, whoever still logs. */
  close(): void;
}

const ranks: Readonly<Record<LogLevel, number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, off: 5 };

export const logLevels: readonly string[] = Object.keys(ranks);

/** @returns the level that the text names, case and surrounding space aside; undefined when it names none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(ranks, word) ? (word as LogLevel) : undefined;
}

export function createLog(options: LogOptions): Log {
  const shared = new Shared(options);
  return {
    root: new TreeLogger(shared, '', {}),
    setLevel: (level) => shared.setLevel(level),
    close: () => shared.close(),
  };
}

const nothing = () => undefined;

/** Writes nothing. */
export const noLog: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isEnabled: () => false,
  named: () => noLog,
  with: () => noLog,
};

class Shared {
  readonly options: LogOptions;
  readonly times: ReturnType<typeof logTimes>;
  /** Lines below this rank are not written. */
  least: number;
  #isClosed = false;

  constructor(options: LogOptions) {
    this.options = options;
    this.times = logTimes(options.json ? 'json' : 'text');
    this.least = ranks[options.level];
  }

  setLevel(level: LogLevel): void {
    if (!this.#isClosed) this.least = ranks[level];
  }

  close(): void {
    this.#isClosed = true;
    this.least = Number.POSITIVE_INFINITY;
  }
}

class TreeLogger implements Logger {
  readonly #shared: Shared;
  readonly #name: string;
  readonly #context: LogFields;
  /** The context as text, made with the first text line. */
  #contextText: string | undefined;

  constructor(shared: Shared, name: string, context: LogFields) {
    this.#shared = shared;
    this.#name = name;
    this.#context = context;
  }

  trace(message: string, fields?: LogFields): void {
    if (this.#shared.least <= 0) this.#write('trace', message, fields, this.trace);
  }

  debug(message: string, fields?: LogFields): void {
    if (this.#shared.least <= 1) this.#write('debug', message, fields, this.debug);
  }

  info(message: string, fields?: LogFields): void {
    if (this.#shared.least <= 2) this.#write('info', message, fields, this.info);
  }

  warn(message: string, fields?: LogFields): void {
    if (this.#shared.least <= 3) this.#write('warn', message, fields, this.warn);
  }

  error(message: string, fields?: LogFields): void {
    if (this.#shared.least <= 4) this.#write('error', message, fields, this.error);
  }

  isEnabled(level: LogLevel): boolean {
    return level !== 'off' && this.#shared.least <= ranks[level];
  }

  named(name: string): Logger {
    return new TreeLogger(this.#shared, this.#name === '' ? name : `${this.#name}.${name}`, this.#context);
  }

  with(fields: LogFields): Logger {
    const merged = Object.entries({ ...this.#context, ...fields });
    merged.sort(([a], [b]) => (a < b ? -1 : 1));
    return new TreeLogger(this.#shared, this.#name, Object.fromEntries(merged));
  }

  #write(level: JsonParts['level'], message: string, fields: LogFields | undefined, calledAs: unknown): void {
    const { options, times } = this.#shared;
    const time = times(options.clock.now());
    const caller = options.location ? callerOf(calledAs) : undefined;
    if (options.json) {
      options.write(jsonLine({ time, level, name: this.#name, message, caller, context: this.#context, fields }));
      return;
    }
    this.#contextText ??= textFields(this.#context);
    const fieldText = fields === undefined ? this.#contextText : this.#contextText + textFields(fields);
    options.write(textLine({ time, level, name: this.#name, message, caller, fields: fieldText }));
  }
}

/** @returns `<file>:<line>` of whoever called the logger's method `calledAs`. */
function callerOf(calledAs: unknown): string | undefined {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, calledAs as () => void);
  Error.stackTraceLimit = limit;
  return /(?:file:\/\/)?(\/[^()]*?|[A-Za-z]:[^()]*?):(\d+):\d+\)?$/m
    .exec(holder.stack ?? '')
    ?.slice(1, 3)
    .join(':');
}
