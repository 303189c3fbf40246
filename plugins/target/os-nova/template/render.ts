/** User data from a template file, in the language of Go's text/template. Source: spec os-nova.md §7.4. */
import { basename } from 'node:path';
import { usageError } from 'nomad-autoscaler/sdk';
import { fromBytes, toBytes } from './bytes.ts';
import { SyntaxFault } from './cursor.ts';
import { execute } from './execute.ts';
import { parseTemplate } from './parse.ts';
import { ExecutionFault } from './run.ts';
import { Fields } from './value.ts';

/**
 * Renders a template. Nothing is escaped; complex numbers, and the bits of a float64 (`%b`, `%x`), are not supported.
 *
 * @param path    of the template's file, for error texts; inside of the template its name is the last part.
 * @param fields  what the template can use, as `.Name`. Any other field is an error.
 * @returns       at most 1 MiB.
 * @throws        `invalid_template` (usage), with Go's text and position: when it cannot be read, when rendering it fails,
 *                and when that goes too deep, takes too long or gives too much.
 */
export function renderTemplate(source: string, path: string, fields: Readonly<Record<string, string>>): string {
  const bytes = toBytes(source);
  const name = toBytes(basename(path));
  const known = Object.entries(fields).map(([field, value]) => [toBytes(field), toBytes(value)] as const);
  try {
    return fromBytes(execute(parseTemplate(bytes, name), bytes, name, new Fields(new Map(known))));
  } catch (cause) {
    if (!(cause instanceof SyntaxFault || cause instanceof ExecutionFault)) throw cause;
    const doing = cause instanceof SyntaxFault ? 'parsing' : 'executing';
    throw usageError('invalid_template', `error ${doing} template file ${path}: ${fromBytes(cause.message)}`);
  }
}
