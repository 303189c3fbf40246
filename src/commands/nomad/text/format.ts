/** What the flags `-json` and `-t` ask for instead of the usual text. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { prettyJson } from './json.ts';
import { templateText } from './template.ts';

export const formatFlags = { json: boolFlag, t: textFlag };

export interface Format {
  readonly json?: boolean;
  /** A template in Go's language. */
  readonly t?: string;
}

/** @returns undefined when neither flag is given. @throws CommandFailure for a template that is not understood. */
export function formatted({ json, t }: Format, value: unknown): string | undefined {
  if (t !== undefined) return templateText(t, value);
  return json ? prettyJson(value) : undefined;
}
