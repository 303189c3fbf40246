/** Functions on text. Source: spec jobspec.md §1.2. */
import { FunctionError } from '../../../hcl/scope.ts';
import { toText } from '../../../hcl/values.ts';
import { define, type Table } from './arguments.ts';
import { formatted } from './format.ts';

const letters = (text: string) => [...text];

export const textFunctions: Table = {
  upper: define(['str'], (args) => args.text(0).toUpperCase()),
  lower: define(['str'], (args) => args.text(0).toLowerCase()),
  title: define(['str'], (args) => args.text(0).replace(/(^|\s)\S/g, (start) => start.toUpperCase())),
  trim: define(['str', 'cutset'], (args) => trimmed(args.text(0), new Set(letters(args.text(1))))),
  trimprefix: define(['str', 'prefix'], (args) => {
    const [text, prefix] = [args.text(0), args.text(1)];
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  }),
  trimsuffix: define(['str', 'suffix'], (args) => {
    const [text, suffix] = [args.text(0), args.text(1)];
    return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
  }),
  trimspace: define(['str'], (args) => args.text(0).trim()),
  chomp: define(['str'], (args) => args.text(0).replace(/[\r\n]+$/, '')),
  indent: define(['spaces', 'str'], (args) => args.text(1).replaceAll('\n', `\n${' '.repeat(args.number(0))}`)),
  replace: define(['str', 'substr', 'replace'], (args) => args.text(0).replaceAll(args.text(1), args.text(2))),
  regex_replace: define(['str', 'pattern', 'replace'], (args) =>
    args.text(0).replace(expression(args.text(1)), goReplacement(args.text(2))),
  ),
  strlen: define(['str'], (args) => letters(args.text(0)).length),
  strrev: define(['str'], (args) => letters(args.text(0)).reverse().join('')),
  substr: define(['str', 'offset', 'length'], (args) => {
    const all = letters(args.text(0));
    const [offset, length] = [args.number(1), args.number(2)];
    const start = offset < 0 ? Math.max(all.length + offset, 0) : offset;
    return all.slice(start, length < 0 ? undefined : start + length).join('');
  }),
  split: define(['separator', 'str'], (args) => (args.text(1) === '' ? [''] : args.text(1).split(args.text(0)))),
  join: define(['separator', '...lists'], (args) => {
    const lists = args.rest(1).flatMap((_, at) => args.texts(at + 1));
    return lists.join(args.text(0));
  }),
  format: define(['format', '...args'], (args) => formatted(args.text(0), args.rest(1))),
  formatlist: define(['format', '...args'], (args) => {
    const given = args.rest(1);
    const most = Math.max(...given.map((one) => (Array.isArray(one) ? one.length : 1)), 1);
    return Array.from({ length: most }, (_, row) =>
      formatted(
        args.text(0),
        given.map((one) => (Array.isArray(one) ? (one[row] ?? null) : one)),
      ),
    );
  }),
  urlencode: define(['str'], (args) => encodeURIComponent(args.text(0)).replaceAll('%20', '+')),
  coalesce: define(['...vals'], (args) => {
    const found = args.rest(0).find((one) => one !== null && toText(one) !== '');
    if (found === undefined) throw new FunctionError('no non-null, non-empty-string arguments');
    return found;
  }),
};

function trimmed(text: string, cutset: ReadonlySet<string>): string {
  const all = letters(text);
  const first = all.findIndex((one) => !cutset.has(one));
  const last = all.findLastIndex((one) => !cutset.has(one));
  return first < 0 ? '' : all.slice(first, last + 1).join('');
}

function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'g');
  } catch {
    throw new FunctionError(`invalid regular expression "${pattern}"`, 1);
  }
}

/** Go's `${1}` is JavaScript's `$1`. */
const goReplacement = (text: string) =>
  text.replace(/\$\{(\w+)\}/g, (_, name) => (/^\d+$/.test(name) ? `$${name}` : `$<${name}>`));
