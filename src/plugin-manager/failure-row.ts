/** Failures of one plugin in a row: how long to wait after each, and what of them is logged. */
import type { Cancel } from '../lib/clock.ts';
import { durationMs } from '../lib/duration.ts';
import type { LogFields } from '../lib/log.ts';
import { backoffMs } from '../lib/retry.ts';
import type { World } from '../lib/world.ts';

/** Pauses between starts. A run of `soundRunMs` ends a row: the next pause is a short one again. */
const pauses = { firstMs: 500, longestMs: 60_000 };
const soundRunMs = 60_000;

/** From so many failures in a row on the log says it once and not each time. */
const quietFrom = 4;

export class FailureRow {
  readonly #world: World;
  readonly #labels: LogFields;
  #length = 0;
  #cancelSoundRun: Cancel | undefined;

  /** @param labels  fields of every line. */
  constructor(world: World, labels: LogFields) {
    this.#world = world;
    this.#labels = labels;
  }

  /** One more. @returns how long to wait before the next start, milliseconds. */
  add(): number {
    this.cancel();
    this.#length++;
    return Math.round(backoffMs(this.#length, pauses, this.#world.random));
  }

  /** A plugin that fails again and again would fill the log with it. */
  tell(message: string, fields: LogFields): void {
    const { log } = this.#world;
    const all = { ...this.#labels, ...fields };
    const isNew = this.#length < quietFrom;
    log[isNew ? 'warn' : 'debug'](message, all);
    if (this.#length !== quietFrom) return;
    const rarest = durationMs(pauses.longestMs);
    log.warn('plugin fails again and again, the next failures are logged at debug level', {
      ...all,
      failures: this.#length,
      longest_pause: rarest,
    });
  }

  /** It runs. The row ends when it goes on running. */
  started(): void {
    this.cancel();
    if (this.#length === 0) return;
    this.#cancelSoundRun = this.#world.clock.after(soundRunMs, () => {
      if (this.#length >= quietFrom) this.#world.log.info('plugin runs soundly again', this.#labels);
      this.#length = 0;
    });
  }

  /** It does not run any more, or nobody looks. */
  cancel(): void {
    this.#cancelSoundRun?.();
  }
}
