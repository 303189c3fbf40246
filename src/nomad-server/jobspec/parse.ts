/** What `PUT /v1/jobs/parse` does. Source: spec jobspec.md, nomad-api.md §5. */
import { Refusal } from '../refusal.ts';
import { filledJob } from './fill.ts';
import { Input } from './input.ts';
import { parseJobFile } from './job-file.ts';

/**
 * Reads the body of the request.
 *
 * @returns the job as JSON, as the file has it: what it does not say is null, or its default when the body says
 *          `Canonicalize`.
 * @throws  a refusal with status 400 and the places of what is wrong.
 */
export function parseJob(body: unknown, isLegacy = false): unknown {
  const input = new Input(body);
  const source = input.text('JobHCL');
  if (source === '') throw new Refusal(400, 'Job spec is empty');
  const read = parseJobFile('input.hcl', source, { file: input.text('Variables') }, isLegacy);
  if ('errors' in read) throw new Refusal(400, `Failed to parse job: ${read.errors.join('\n')}`);
  return input.flag('Canonicalize') ? filledJob(read.job) : read.job;
}
