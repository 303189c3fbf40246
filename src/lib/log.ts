/** hclog-style logging: levels, named loggers, fields. Text or JSON lines. */

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'off';

/** A field's value: text, number, boolean, `durationMs(…)`, an Error (its explained text), a list or a map of these. */
export type LogFields = Readonly<Record<string, unknown>>;

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
