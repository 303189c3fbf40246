/** Reads the job of a request: where it belongs, and every default. Compat: spec nomad-api.md J2. */
import { errorList } from '../../lib/error.ts';
import type { Job } from '../../nomad/types.ts';
import { canonicalJob } from '../jobspec/canonicalize.ts';
import type { Input } from '../jobspec/input.ts';
import { validateJob } from '../jobspec/validate.ts';
import { warningsOf } from '../jobspec/warnings.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import type { ApiParts } from './parts.ts';

/**
 * @param body       the request's; its region beats that of the job.
 * @param submitted  the job in it.
 */
export function submittedJob({ identity }: ApiParts, call: Call, body: Input, submitted: Input): Job {
  const region = body.text('Region') || submitted.text('Region') || 'global';
  if (region !== 'global' && region !== identity.region) throw new Refusal(500, 'No path to region');
  return canonicalJob(submitted.raw, {
    region: identity.region,
    namespace: call.query.get('namespace') || body.text('Namespace') || submitted.text('Namespace') || 'default',
  });
}

/** @throws a refusal with status 500 that lists what is wrong with the job. */
export function refuseInvalid({ jobMaxCount }: ApiParts, job: Job): void {
  const problems = validateJob(job, jobMaxCount);
  if (problems.length > 0) throw new Refusal(500, errorList(problems));
}

export const warningsFor = ({ store }: ApiParts, job: Job): string =>
  warningsOf(job, store.schedulerConfiguration.MemoryOversubscriptionEnabled);
