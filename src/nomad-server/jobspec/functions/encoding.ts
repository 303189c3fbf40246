/** Functions that read and write encodings. Source: spec jobspec.md §1.2. */
import { createHash } from 'node:crypto';
import { jsonencode } from '../../../hcl/functions.ts';
import { FunctionError } from '../../../hcl/scope.ts';
import { define, type Table } from './arguments.ts';

export const encodingFunctions: Table = {
  jsonencode,
  jsondecode: define(['str'], (args) => {
    try {
      return JSON.parse(args.text(0));
    } catch {
      throw new FunctionError('invalid JSON', 0);
    }
  }),
  csvdecode: define(['str'], (args) => {
    const [head = [], ...rows] = csvRows(args.text(0));
    return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])));
  }),
  base64encode: define(['str'], (args) => Buffer.from(args.text(0)).toString('base64')),
  base64decode: define(['str'], (args) => {
    const text = args.text(0);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new FunctionError(`failed to decode base64 data '${text}'`);
    return Buffer.from(text, 'base64').toString('utf8');
  }),
  sha256: define(['str'], (args) => createHash('sha256').update(args.text(0)).digest('hex')),
  sha512: define(['str'], (args) => createHash('sha512').update(args.text(0)).digest('hex')),
};

/** Fields may stand in quotes, with quotes doubled inside. */
function csvRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of text.trimEnd().matchAll(/(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    rows.push(row);
    row = [];
    if (end === '') break;
  }
  return rows;
}
