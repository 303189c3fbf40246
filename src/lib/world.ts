/** All that is impure and needed everywhere, built once by an entry point and handed down. */
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Telemetry } from './telemetry.ts';

export interface World {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly telemetry: Telemetry;
}
