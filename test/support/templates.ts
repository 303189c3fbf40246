/** Templates of user data, and what Go's text/template makes of them. */
import { readFileSync } from 'node:fs';
import { renderTemplate } from '../../plugins/target/os-nova/template/render.ts';
import { explain } from '../../src/lib/error.ts';

/** What the recorded templates are about. */
export const templateFields = {
  Name: 'web-1',
  AZ: 'az <1>',
  RandomUUID: '0d5a7c1e-3a4b-4c5d-8e6f-708192a3b4c5',
  ShortRandomUUID: '0d5a7c1e-3a4b',
  PoolName: 'pööl',
  Empty: '',
};

export type Rendered = { readonly output: string } | { readonly error: string };
export type RecordedTemplate = Rendered & { readonly template: string };

/** As Go 1.26 renders them; test/interop/templates.test.ts holds them to the Go of this machine. */
export function recordedTemplates(): readonly RecordedTemplate[] {
  return JSON.parse(readFileSync(new URL('../fixtures/templates.json', import.meta.url), 'utf8'));
}

/** What our renderer makes of the template, under the path `dir/t.gotxt`. */
export function rendered(template: string): Rendered {
  try {
    return { output: renderTemplate(template, 'dir/t.gotxt', templateFields) };
  } catch (error) {
    return { error: explain(error) };
  }
}
