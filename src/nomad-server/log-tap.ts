/** Lets readers follow a log while it is written, whatever level its own destination has. */
import type { Cancel } from '../lib/clock.ts';
import type { LogFields, Logger, LogLevel } from '../lib/log.ts';

export interface LogLine {
  readonly level: Exclude<LogLevel, 'off'>;
  readonly name: string;
  readonly message: string;
  readonly fields: LogFields;
}

export class LogTap {
  readonly #followers = new Set<(line: LogLine) => void>();

  /** Calls `hear` with each line from now on. */
  follow(hear: (line: LogLine) => void): Cancel {
    this.#followers.add(hear);
    return () => {
      this.#followers.delete(hear);
    };
  }

  /** A logger that writes to `log`, and to whoever follows. */
  on(log: Logger, name = '', context: LogFields = {}): Logger {
    const write = (level: LogLine['level']) => (message: string, fields?: LogFields) => {
      log[level](message, fields);
      for (const hear of this.#followers) hear({ level, name, message, fields: { ...context, ...fields } });
    };
    return {
      ...{ trace: write('trace'), debug: write('debug'), info: write('info') },
      ...{ warn: write('warn'), error: write('error') },
      isEnabled: (level) => this.#followers.size > 0 || log.isEnabled(level),
      named: (child) => this.on(log.named(child), name === '' ? child : `${name}.${child}`, context),
      with: (fields) => this.on(log.with(fields), name, { ...context, ...fields }),
    };
  }
}
