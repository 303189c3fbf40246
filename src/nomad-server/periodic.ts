/** When a periodic job is due. Source: spec jobspec.md §2. */
import { type Cron, nextAfter, parseCron } from '../lib/cron.ts';
import { AutoscalerError } from '../lib/error.ts';
import type { PeriodicConfig } from '../nomad/types.ts';

/** Names for common schedules. */
const named: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const parseSpec = (spec: string): Cron => parseCron(named[spec.trim()] ?? spec);

/** @returns what Nomad says of a schedule that it cannot read; undefined for a good one. */
export function specProblem(spec: string): string | undefined {
  try {
    parseSpec(spec);
    return undefined;
  } catch (error) {
    if (!isInvalidCron(error)) throw error;
    const isShort = spec.trim().split(/\s+/).length < 5;
    return isShort ? 'missing field(s)' : error.message.replace('invalid cron expression: ', '');
  }
}

const isInvalidCron = (error: unknown): error is AutoscalerError =>
  error instanceof AutoscalerError && error.code === 'invalid_cron';

/**
 * @returns epoch milliseconds, later than `at`; undefined when it is never due again.
 * @throws  `invalid_cron` (usage).
 */
export function nextLaunch({ Spec, Specs, TimeZone }: PeriodicConfig, at: number): number | undefined {
  const due = [Spec, ...Specs].filter((spec) => spec !== '').map((spec) => nextInZone(parseSpec(spec), TimeZone, at));
  const known = due.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // that is how Intl says that there is none of this name
  }
}

/** Cron counts in UTC: the clock on the wall is read as if it were UTC, and what comes out is moved back. */
function nextInZone(cron: Cron, zone: string, at: number): number | undefined {
  const wall = nextAfter(cron, at + offsetMs(zone, at));
  if (wall === undefined) return undefined;
  const guess = wall - offsetMs(zone, at);
  return wall - offsetMs(zone, guess);
}

/** How far the zone is ahead of UTC. */
function offsetMs(zone: string, at: number): number {
  if (zone === 'UTC' || zone === '') return 0;
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  } as const);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const wall = Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at / 1000) * 1000;
}
