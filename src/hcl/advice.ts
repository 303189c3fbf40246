/** What to do about a name that is not known where it stands. */
import type { BodyShape } from '../schema/document.ts';

/** @returns a sentence after a blank, when the shape has one for this name. */
export function adviceOn(name: string, { advice = {} }: BodyShape): string | undefined {
  return Object.hasOwn(advice, name) ? ` ${advice[name]}` : undefined;
}
