/** Tables and lists of pairs with aligned columns, as Nomad's command line prints them. */

/** Two blanks between columns; nothing is `<none>`. No blanks at the end of a line. */
export function table(rows: readonly (readonly string[])[], empty = '<none>'): string {
  return aligned(rows, '  ', empty);
}

/** `Name = value`, the equals signs below one another. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  return aligned(rows, ' = ', '<none>');
}

/** In the order of their names. */
export const sortedPairs = (values: Readonly<Record<string, string>>): string =>
  pairs(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Cells that only some tables have. */
export const only = (isShown: boolean, ...cells: readonly string[]): readonly string[] => (isShown ? cells : []);

function aligned(rows: readonly (readonly string[])[], glue: string, empty: string): string {
  const widths: number[] = [];
  const filled = rows.map((row) => row.map((cell) => (cell === '' ? empty : cell)));
  for (const row of filled) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return filled
    .map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join(glue))
    .join('\n');
}
