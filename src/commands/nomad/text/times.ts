/** Moments as Nomad's command line writes them. */
import { formatDuration } from '../../../lib/duration.ts';

/** `2026-11-25T00:05:56Z` */
export const timeText = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');

/** Unix nanoseconds; 0 is never. */
export const timeOfNs = (ns: number): string => (ns === 0 ? 'N/A' : timeText(Math.floor(ns / 1e6)));

/** RFC 3339 text of an answer; null is never. */
export const timeOfText = (text: string | null | undefined): string =>
  text === null || text === undefined || text.startsWith('0001-') ? 'N/A' : timeText(Date.parse(text));

/** `3s ago`, `2m4s ago`, `5mo3d ago`: the two largest units. */
export function ago(ns: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - ns / 1e6) / 1000);
  if (ns === 0) return 'N/A';
  return seconds < 0 ? `${spanText(-seconds)} in the future` : `${spanText(seconds)} ago`;
}

const units: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400],
  ['mo', 30 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

function spanText(seconds: number): string {
  const at = units.findIndex(([, length]) => seconds >= length);
  const [unit = 's', length = 1] = units[at] ?? [];
  const [smaller, smallerLength] = units[at + 1] ?? [];
  const first = `${Math.floor(seconds / length)}${unit}`;
  const rest = seconds % length;
  if (at < 0 || smaller === undefined || smallerLength === undefined || rest < smallerLength) return first;
  return `${first}${Math.floor(rest / smallerLength)}${smaller}`;
}

/** `(887h45m42s from now)`, whole seconds. */
export function fromNow(atMs: number, nowMs: number): string {
  const span = formatDuration(Math.round(Math.abs(atMs - nowMs) / 1000) * 1000);
  return atMs >= nowMs ? `${span} from now` : `${span} ago`;
}
