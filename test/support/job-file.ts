/** Job files, parsed as the API does, and what is in them. */
import assert from 'node:assert/strict';
import { parseJob } from '../../src/nomad-server/jobspec/parse.ts';

/** Some of a job's JSON, by names: enough to look at. */
export type Made = { readonly [name: string]: Made } & { readonly [at: number]: Made };

export const parsed = (JobHCL: string, Variables?: string): Made => parseJob({ JobHCL, Variables }) as Made;
export const inGroup = (text: string) =>
  parsed(`job "a" {\n group "g" {\n ${text}\n task "t" {\n driver = "exec"\n }\n }\n}`)['TaskGroups']?.[0];
export const inTask = (text: string) => inGroup(`task "x" {\n driver = "exec"\n ${text}\n }`)?.['Tasks']?.[0];
export const refusal = (run: () => unknown) => {
  let text = '';
  assert.throws(run, (error: Error) => {
    text = error.message;
    return true;
  });
  return text;
};
