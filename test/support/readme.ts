/** What the readme of a plugin holds. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, markdown } from '../../src/schema/describe.ts';
import type { Schema } from '../../src/schema/schema.ts';

/** @param folder  in plugins/: `apm/nomad`. */
export const readmeOf = (folder: string): string =>
  readFileSync(new URL(`../../plugins/${folder}/README.md`, import.meta.url), 'utf8');

/** The first policy. */
export function policyIn(readme: string): string {
  const [, policy = ''] = /```hcl\n(scaling [\s\S]*?)```/.exec(readme) ?? [];
  return policy;
}

/** Each of the schemas has its table, as it is generated. */
export function assertTables(readme: string, schemas: readonly Schema[]): void {
  for (const schema of schemas) {
    const table = markdown(describe(schema));
    assert.ok(tight(readme).includes(`\n${tight(table)}\n`), `it should have\n${table}`);
  }
}

/** Without the padding of table cells, which is the formatter's. */
const tight = (text: string): string => text.replaceAll(/ *\| */g, '|').replaceAll(/-{3,}/g, '---');
