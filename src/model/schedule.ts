/** When a policy or a check takes part. */
import type { Cron } from '../lib/cron.ts';

/** From each start to the next end, or for a length of time; UTC. Start is inclusive, end exclusive. */
export type Schedule = { readonly start: Cron } & ({ readonly end: Cron } | { readonly durationMs: number });
