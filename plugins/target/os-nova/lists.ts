/** Values of the target block that hold several things in one text. Pure. Source: spec os-nova.md §1.3. */
import { goBool } from 'nomad-autoscaler/sdk';

/** The whole is trimmed, then each item; empty items stay. A text that is not there is an empty list. */
export function splitList(text: string | undefined, separator: string): readonly string[] {
  if (text === undefined || text.trim() === '') return [];
  return text
    .trim()
    .split(separator)
    .map((item) => item.trim());
}

/** The items that say something. */
export const splitNames = (text: string | undefined, separator: string): readonly string[] =>
  splitList(text, separator).filter((item) => item !== '');

/** Metadata out of `key=value` items, and the items that are none. */
export interface ReadMetadata {
  readonly values: Readonly<Record<string, string>>;
  /** Each in its parts around `=`. */
  readonly broken: readonly (readonly string[])[];
}

/** A later value of the same key wins. */
export function readMetadata(items: readonly string[]): ReadMetadata {
  const parts = items.map((item) => item.split('='));
  const good = parts.flatMap(([key, value, ...rest]): [string, string][] =>
    key === undefined || value === undefined || rest.length > 0 ? [] : [[key, value]],
  );
  return { values: Object.fromEntries(good), broken: parts.filter((part) => part.length !== 2) };
}

/**
 * Upstream takes any text for a yes, `false` as well; here what Go reads as false is a no.
 *
 * @returns false for nothing written.
 */
export const isOn = (text: string | undefined): boolean => text !== undefined && goBool(text) !== false;
