/** When a policy or a check takes part. */
import { type Cron, lastUntil } from '../lib/cron.ts';

/** From each start to the next end, or for a length of time; UTC. Start is inclusive, end exclusive. */
export type Schedule = { readonly start: Cron } & ({ readonly end: Cron } | { readonly durationMs: number });

/**
 * Whether the schedule is open.
 *
 * @param at  epoch milliseconds.
 *
 * Source: spec policy.md §9.4. A start and an end at the same instant leave it closed.
 */
export function isActive(schedule: Schedule, at: number): boolean {
  const startedAt = lastUntil(schedule.start, at);
  if (startedAt === undefined) return false;
  if ('durationMs' in schedule) return at < startedAt + schedule.durationMs;
  const endedAt = lastUntil(schedule.end, at);
  return endedAt === undefined || startedAt > endedAt;
}
