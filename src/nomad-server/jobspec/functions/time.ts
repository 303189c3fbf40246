/** Functions on RFC 3339 times. Source: spec jobspec.md §1.2. */
import { FunctionError } from '../../../hcl/scope.ts';
import { parseDuration } from '../../../lib/duration.ts';
import { explain } from '../../../lib/error.ts';
import { define, type Table } from './arguments.ts';

export const timeFunctions: Table = {
  timeadd: define(['timestamp', 'duration'], (args) => {
    const at = instantOf(args.text(0));
    return new Date(at + durationOf(args.text(1))).toISOString().replace(/\.000Z$/, 'Z');
  }),
  formatdate: define(['format', 'time'], (args) => formatted(args.text(0), new Date(instantOf(args.text(1))))),
};

function instantOf(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new FunctionError(`not a valid RFC3339 timestamp: "${text}"`, 0);
  return at;
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new FunctionError(explain(error), 1);
  }
}

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const two = (number: number) => String(number).padStart(2, '0');

/** What stands for what, in UTC. Text in single quotes stands for itself. */
const verbs: Readonly<Record<string, (date: Date) => string>> = {
  YYYY: (date) => String(date.getUTCFullYear()),
  YY: (date) => two(date.getUTCFullYear() % 100),
  MMMM: (date) => months[date.getUTCMonth()] ?? '',
  MMM: (date) => (months[date.getUTCMonth()] ?? '').slice(0, 3),
  MM: (date) => two(date.getUTCMonth() + 1),
  M: (date) => String(date.getUTCMonth() + 1),
  DD: (date) => two(date.getUTCDate()),
  D: (date) => String(date.getUTCDate()),
  EEEE: (date) => days[date.getUTCDay()] ?? '',
  EEE: (date) => (days[date.getUTCDay()] ?? '').slice(0, 3),
  hh: (date) => two(date.getUTCHours()),
  h: (date) => String(date.getUTCHours()),
  HH: (date) => two(date.getUTCHours() % 12 || 12),
  H: (date) => String(date.getUTCHours() % 12 || 12),
  AA: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  aa: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  mm: (date) => two(date.getUTCMinutes()),
  m: (date) => String(date.getUTCMinutes()),
  ss: (date) => two(date.getUTCSeconds()),
  s: (date) => String(date.getUTCSeconds()),
  ZZZZZ: () => '+00:00',
  ZZZZ: () => '+0000',
  ZZZ: () => 'UTC',
  Z: () => 'Z',
};

function formatted(format: string, date: Date): string {
  return format.replace(/'((?:[^']|'')*)'|([A-Za-z])\2*/g, (word, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted.replaceAll("''", "'");
    const verb = verbs[word];
    if (verb === undefined) throw new FunctionError(`invalid date format verb "${word}"`, 0);
    return verb(date);
  });
}
