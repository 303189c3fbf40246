/** Problems are texts in Nomad's words. Rules give lists of them; a part's list becomes one problem of the whole. */
import { formatDuration } from '../../../lib/duration.ts';
import { errorList } from '../../../lib/error.ts';

/** @returns the text when the rule is broken. */
export const when = (isBroken: boolean, text: string): readonly string[] => (isBroken ? [text] : []);

/** @returns one problem that lists those of a part; none when the part has none. */
export function inside(prefix: string, problems: readonly string[]): readonly string[] {
  return problems.length === 0 ? [] : [prefix + errorList(problems)];
}

/** `Constraint 2 validation failed: …`, counted from 1. */
export function eachInside<T>(
  name: string,
  list: readonly T[] | null,
  rules: (one: T) => readonly string[],
): readonly string[] {
  return (list ?? []).flatMap((one, at) => inside(`${name} ${at + 1} validation failed: `, rules(one)));
}

/** Nanoseconds as Go writes them: `1m0s`. */
export const goTime = (nanoseconds: number): string => formatDuration(nanoseconds / 1e6);
