/** What came of each cell of a matrix of tests, to be read at one glance. */
import { test } from 'node:test';
import { printColumns } from '../support/columns.ts';

export class Table {
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, Map<string, string>>();

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /**
   * A test that fills in one cell.
   *
   * @param checked  rows of a checklist that it drives, as a title begins with them; may be empty.
   * @param run      throws when the cell is not as it should be; what it returns, if anything, is a difference that should be.
   */
  cell(row: string, column: string, checked: string, run: () => Promise<string | undefined>): void {
    const cells = this.#rows.get(row) ?? new Map<string, string>();
    this.#rows.set(row, cells.set(column, 'not run'));
    test(`${checked === '' ? '' : `${checked}: `}${row}: ${column}`, async () => {
      cells.set(column, 'FAILED');
      cells.set(column, (await run()) ?? 'ok');
    });
  }

  print(): void {
    const rows = [...this.#rows].map(([row, cells]) => [row, ...this.#columns.map((one) => cells.get(one) ?? '')]);
    printColumns([['', ...this.#columns], ...rows]);
  }
}
