/** What the generated tables of the docs say about a schema. */
import type { Entry, Schema } from './schema.ts';

export interface Row {
  /** `key`, `key { }` or `key "label" { }`. */
  readonly key: string;
  readonly type: string;
  readonly required: boolean;
  /** As an operator would write it. */
  readonly default?: string;
  readonly env?: string;
  readonly doc: string;
  /** The rows of a block's own fields. */
  readonly rows?: readonly Row[];
}

export function describe(schema: Schema): readonly Row[] {
  return schema.entries.map(describeEntry);
}

function describeEntry({ key, field }: Entry): Row {
  const base = { doc: field.doc, required: field.isRequired };
  const extras = {
    ...(field.defaultText === undefined ? {} : { default: field.defaultText }),
    ...(field.env === undefined ? {} : { env: field.env }),
  };
  if (field.kind === 'attribute') return { ...base, ...extras, key, type: field.type };
  if (field.kind === 'prefix') return { ...base, key: `${key}…`, type: field.type };
  const labels = field.labels.map((label) => ` "<${label}>"`).join('');
  const rows = field.schema === undefined ? {} : { rows: describe(field.schema) };
  return { ...base, ...rows, key: `${key}${labels}`, type: field.atMostOne ? 'block' : 'blocks' };
}

/** A Markdown table of the rows, followed by one for each block with fields of its own, under a heading of the given level. */
export function markdown(rows: readonly Row[], level = 3): string {
  const cells = (row: Row) => {
    const absent = row.required ? '**required**' : row.default ? `\`${row.default}\`` : '–';
    const env = row.env === undefined ? '' : ` Environment: \`${row.env}\`.`;
    return `| \`${row.key}\` | ${row.type} | ${absent} | ${row.doc}${env} |`;
  };
  const table = ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows.map(cells)].join('\n');
  const blocks = rows.flatMap(({ key, rows: inner }) =>
    inner === undefined ? [] : [`${'#'.repeat(level)} \`${key}\`\n\n${markdown(inner, level + 1)}`],
  );
  return [table, ...blocks].join('\n\n');
}
