/** Job files, HCL to JSON. Not built in yet: the parser of job files takes this place. */
import { Refusal } from '../refusal.ts';
import { Input } from './input.ts';

/**
 * Reads the body of `PUT /v1/jobs/parse`.
 *
 * @returns the job as JSON.
 * @throws  a refusal with status 400 and the places of what is wrong.
 */
export function parseJob(body: unknown): unknown {
  const source = new Input(body).text('JobHCL');
  if (source === '') throw new Refusal(400, 'Job spec is empty');
  throw new Refusal(400, 'Failed to parse job: this server reads jobs as JSON only');
}
