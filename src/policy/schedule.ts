/** Schedules from their texts. Source: spec policy.md §9.1–9.2. */
import { type Cron, parseCron } from '../lib/cron.ts';
import { parseDuration } from '../lib/duration.ts';
import { explain } from '../lib/error.ts';
import type { Schedule } from '../model/schedule.ts';
import type { ScheduleDraft } from './draft.ts';

export type ScheduleResult =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly why: string; readonly at: keyof ScheduleDraft };

/** @returns the schedule, or the first thing that is wrong with it. Empty texts count as absent. */
export function readSchedule({ start, end, duration }: ScheduleDraft): ScheduleResult {
  if (!start) return fail('start is required', 'start');
  if (!end === !duration) return fail('must define exactly one of end or duration', duration ? 'duration' : 'start');
  const from = readCron(start);
  if (typeof from === 'string') return fail(`start: ${from}`, 'start');
  if (end) {
    const until = readCron(end);
    return typeof until === 'string'
      ? fail(`end: ${until}`, 'end')
      : { ok: true, schedule: { start: from, end: until } };
  }
  const durationMs = readDuration(duration ?? '');
  if (durationMs === undefined) {
    return fail(`duration must have time.Duration format, found "${duration}"`, 'duration');
  }
  if (durationMs <= 0) return fail('duration must be greater than zero', 'duration');
  return { ok: true, schedule: { start: from, durationMs } };
}

const fail = (why: string, at: keyof ScheduleDraft): ScheduleResult => ({ ok: false, why, at });

/** @returns what is wrong as text. */
function readCron(text: string): Cron | string {
  try {
    return parseCron(text);
  } catch (error) {
    return explain(error);
  }
}

function readDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
