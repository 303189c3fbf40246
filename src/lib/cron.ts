/** Five-field cron expressions, UTC. Source: spec policy.md §9.3. */
import { usageError } from './error.ts';

/** `minute hour day-of-month month day-of-week`, read. */
export interface Cron {
  /** As written. */
  readonly text: string;
  /** Ascending. */
  readonly minutes: readonly number[];
  /** Ascending. */
  readonly hours: readonly number[];
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  readonly days: DayRule;
}

/** Which days match. When days of the month and of the week are both restricted, either is enough. */
export interface DayRule {
  /** 1 to 31; undefined when every day of the month will do. */
  readonly ofMonth: DaysOfMonth | undefined;
  /** undefined when every day of the week will do. */
  readonly ofWeek: DaysOfWeek | undefined;
}

export interface DaysOfMonth {
  readonly days: ReadonlySet<number>;
  /** `15W`: the weekday nearest to that day, within the month. */
  readonly nearestWeekdays: ReadonlySet<number>;
  /** `L` */
  readonly last: boolean;
  /** `LW` */
  readonly lastWeekday: boolean;
}

export interface DaysOfWeek {
  /** 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** `5L`: the last Friday of the month. */
  readonly last: ReadonlySet<number>;
  /** `5#3`, the third Friday, as 3 * 7 + 5. */
  readonly nth: ReadonlySet<number>;
}

interface Field {
  readonly name: string;
  readonly min: number;
  /** Where `*` and `5/2` end. */
  readonly max: number;
  /** The largest number that may be written, where that is more than `max`. */
  readonly alias?: number;
  readonly names: readonly string[];
}

const months = 'january february march april may june july august september october november december'.split(' ');
const weekdays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const fields = {
  minute: { name: 'minute', min: 0, max: 59, names: [] },
  hour: { name: 'hour', min: 0, max: 23, names: [] },
  dayOfMonth: { name: 'day-of-month', min: 1, max: 31, names: [] },
  month: { name: 'month', min: 1, max: 12, names: months },
  dayOfWeek: { name: 'day-of-week', min: 0, max: 6, alias: 7, names: weekdays },
} as const satisfies Record<string, Field>;

/**
 * Reads an expression.
 *
 * @throws `invalid_cron` (usage): `must use strict 5-field cron format`, or `invalid cron expression: …`. A range that
 *         runs backwards and an expression that never comes true are refused.
 */
export function parseCron(text: string): Cron {
  const parts = text.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = parts;
  if (parts.length !== 5 || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) {
    throw usageError('invalid_cron', 'must use strict 5-field cron format');
  }
  const cron: Cron = {
    text,
    minutes: sorted(plainValues(fields.minute, minute)),
    hours: sorted(plainValues(fields.hour, hour)),
    months: plainValues(fields.month, month),
    days: { ofMonth: daysOfMonth(dayOfMonth), ofWeek: daysOfWeek(dayOfWeek) },
  };
  if (nextAfter(cron, firstInstant) === undefined) throw invalid(`'${text}' never occurs`);
  return cron;
}

const invalid = (why: string) => usageError('invalid_cron', `invalid cron expression: ${why}`);

/** An entry that `readEntry` does not know: what the field itself makes of it, or false. */
type Special = (entry: string) => boolean;

/** @returns the values of all entries, or undefined when one of them is a wildcard. */
function readField(field: Field, text: string, special: Special): Set<number> | undefined {
  const values = new Set<number>();
  let isWildcard = false;
  const entries = text.split(',').filter((entry) => entry !== '');
  if (entries.length === 0) throw invalid(`${field.name} field: missing directive`);
  for (const entry of entries) {
    if (entry === '*' || entry === '?') isWildcard = true;
    else if (!addEntry(field, entry, values) && !special(entry.toLowerCase())) {
      throw invalid(`syntax error in ${field.name} field: '${entry}'`);
    }
  }
  return isWildcard ? undefined : values;
}

const entryForm = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d+))?$/;

// Takes a number or name, a range, and either or a star with a step. False for anything else.
function addEntry(field: Field, entry: string, values: Set<number>): boolean {
  const match = entryForm.exec(entry.toLowerCase());
  if (match === null) return false;
  const [, firstText, lastText, stepText] = match;
  const first = firstText === undefined ? field.min : numberOf(field, firstText);
  const lastGiven = lastText === undefined ? field.max : numberOf(field, lastText);
  if (first === undefined || lastGiven === undefined) return false;
  if (firstText !== undefined && lastText === undefined && stepText === undefined) {
    values.add(first);
    return true;
  }
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > field.max) throw invalid(`invalid interval ${entry.toLowerCase()}`);
  const last = endOfRange(field, first, lastGiven);
  if (last < first) throw invalid(`${field.name} field: range ${entry} runs backwards`);
  for (let value = first; value <= last; value += step) values.add(value);
  return true;
}

/** A range of weekdays may end in Sunday, written 0, 7 or by name. */
function endOfRange(field: Field, first: number, last: number): number {
  return field === fields.dayOfWeek && last === 0 && first > 0 ? 7 : last;
}

function numberOf(field: Field, text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) {
    const value = Number(text);
    return value >= field.min && value <= (field.alias ?? field.max) ? value : undefined;
  }
  const at = field.names.findIndex((name) => text === name || text === name.slice(0, 3));
  return at < 0 ? undefined : at + field.min;
}

function plainValues(field: Field, text: string): ReadonlySet<number> {
  return (
    readField(field, text, () => false) ??
    new Set(Array.from({ length: field.max - field.min + 1 }, (_, at) => at + field.min))
  );
}

function daysOfMonth(text: string): DaysOfMonth | undefined {
  const nearestWeekdays = new Set<number>();
  let last = false;
  let lastWeekday = false;
  const days = readField(fields.dayOfMonth, text, (entry) => {
    if (entry === 'l') last = true;
    else if (entry === 'lw') lastWeekday = true;
    else {
      const day = entry.endsWith('w') ? numberOf(fields.dayOfMonth, entry.slice(0, -1)) : undefined;
      if (day === undefined) return false;
      nearestWeekdays.add(day);
    }
    return true;
  });
  return days && { days, nearestWeekdays, last, lastWeekday };
}

function daysOfWeek(text: string): DaysOfWeek | undefined {
  const last = new Set<number>();
  const nth = new Set<number>();
  const days = readField(fields.dayOfWeek, text, (entry) => {
    const [, name = '', isLast, week] = /^(\w+?)(?:(l)|#([1-5]))$/.exec(entry) ?? [];
    const day = numberOf(fields.dayOfWeek, name);
    if (day === undefined) return false;
    if (isLast !== undefined) last.add(day % 7);
    else nth.add(Number(week) * 7 + (day % 7));
    return true;
  });
  return days && { days: new Set([...days].map((day) => day % 7)), last, nth };
}

const sorted = (values: ReadonlySet<number>) => [...values].sort((a, b) => a - b);

const dayMs = 86_400_000;
const minuteMs = 60_000;
const firstInstant = Date.UTC(1970, 0, 1) - 1;

/** @returns the first occurrence later than `at`, epoch milliseconds; undefined when there is none before 2100. */
export function nextAfter(cron: Cron, at: number): number | undefined {
  let day = new Date(Math.floor(at / dayMs) * dayMs);
  let minute = firstMinuteFrom(cron, Math.floor((at - day.getTime()) / minuteMs) + 1);
  while (day.getUTCFullYear() < 2100) {
    const isMonth = cron.months.has(day.getUTCMonth() + 1);
    if (isMonth && minute !== undefined && matchesDay(cron.days, day)) return day.getTime() + minute * minuteMs;
    day = isMonth ? new Date(day.getTime() + dayMs) : monthFrom(day, 1);
    minute = firstMinuteFrom(cron, 0);
  }
  return undefined;
}

/** @returns the last occurrence at or before `at`, epoch milliseconds; undefined when there is none in 32 years. */
export function lastUntil(cron: Cron, at: number): number | undefined {
  let day = new Date(Math.floor(at / dayMs) * dayMs);
  const lastYear = day.getUTCFullYear() - 32;
  let minute = lastMinuteUntil(cron, Math.floor((at - day.getTime()) / minuteMs));
  while (day.getUTCFullYear() >= lastYear) {
    const isMonth = cron.months.has(day.getUTCMonth() + 1);
    if (isMonth && minute !== undefined && matchesDay(cron.days, day)) return day.getTime() + minute * minuteMs;
    day = new Date((isMonth ? day : monthFrom(day, 0)).getTime() - dayMs);
    minute = lastMinuteUntil(cron, 24 * 60);
  }
  return undefined;
}

/** The first day of the month that is `months` later. */
function monthFrom(day: Date, months: number): Date {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1));
}

/** The first minute of a day at which the expression holds, not before `from`. */
function firstMinuteFrom({ hours, minutes }: Cron, from: number): number | undefined {
  for (const hour of hours) {
    const minute = minutes.find((candidate) => hour * 60 + candidate >= from);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}

function lastMinuteUntil({ hours, minutes }: Cron, until: number): number | undefined {
  for (let at = hours.length - 1; at >= 0; at--) {
    const hour = hours[at] ?? 0;
    const minute = minutes.findLast((candidate) => hour * 60 + candidate <= until);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}

function matchesDay({ ofMonth, ofWeek }: DayRule, date: Date): boolean {
  if (ofMonth === undefined && ofWeek === undefined) return true;
  if (ofMonth !== undefined && matchesDayOfMonth(ofMonth, date)) return true;
  return ofWeek !== undefined && matchesDayOfWeek(ofWeek, date);
}

function matchesDayOfMonth(rule: DaysOfMonth, date: Date): boolean {
  const day = date.getUTCDate();
  if (rule.days.has(day)) return true;
  if (!rule.last && !rule.lastWeekday && rule.nearestWeekdays.size === 0) return false;
  const lastDay = lastDayOf(date);
  if (rule.last && day === lastDay) return true;
  const weekdayOf = (other: number) => (date.getUTCDay() + other - day + 35) % 7;
  if (rule.lastWeekday && day === nearestWeekday(lastDay, weekdayOf(lastDay), lastDay)) return true;
  for (const wanted of rule.nearestWeekdays) {
    if (wanted <= lastDay && day === nearestWeekday(wanted, weekdayOf(wanted), lastDay)) return true;
  }
  return false;
}

function lastDayOf(date: Date): number {
  return new Date(monthFrom(date, 1).getTime() - dayMs).getUTCDate();
}

/** The day from Monday to Friday that is nearest to `day` and in the same month. */
function nearestWeekday(day: number, weekday: number, lastDay: number): number {
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === lastDay ? day - 2 : day + 1;
  return day;
}

function matchesDayOfWeek(rule: DaysOfWeek, date: Date): boolean {
  const weekday = date.getUTCDay();
  const day = date.getUTCDate();
  if (rule.days.has(weekday) || rule.nth.has(Math.ceil(day / 7) * 7 + weekday)) return true;
  return rule.last.has(weekday) && day + 7 > lastDayOf(date);
}
