/** Reads the job of a request: where it belongs, and every default. Compat: spec nomad-api.md J2. */
import { errorList } from '../../lib/error.ts';
import type { Job } from '../../nomad/types.ts';
import { canonicalJob } from '../jobspec/canonicalize.ts';
import type { Input } from '../jobspec/input.ts';
import { validateJob } from '../jobspec/validate.ts';
import { warningsOf } from '../jobspec/warnings.ts';
import { Refusal } from '../refusal.ts';
import type { Namespace } from '../state.ts';
import type { Call } from './call.ts';
import type { ApiParts } from './parts.ts';

/**
 * @param body       the request's; its region beats that of the job.
 * @param submitted  the job in it.
 */
export function submittedJob({ identity }: ApiParts, call: Call, body: Input, submitted: Input): Job {
  const region = body.text('Region') || submitted.text('Region') || 'global';
  if (region !== 'global' && region !== identity.region) throw new Refusal(500, 'No path to region');
  const job = canonicalJob(submitted.raw, {
    region: identity.region,
    namespace: submittedNamespace(call, body, submitted),
  });
  return call.accessor === '' ? job : { ...job, NomadTokenID: call.accessor };
}

/** Where it belongs: the query beats the body, and the body the job. */
export const submittedNamespace = (call: Call, body: Input, submitted: Input | undefined): string =>
  call.query.get('namespace') || body.text('Namespace') || submitted?.text('Namespace') || 'default';

/** @throws a refusal with status 500 that lists what is wrong with the job. */
export function refuseInvalid({ jobMaxCount, store }: ApiParts, job: Job): void {
  const problems = validateJob(job, jobMaxCount);
  if (problems.length > 0) throw new Refusal(500, errorList(problems));
  const forbidden = forbiddenDrivers(job, store.state.namespaces.get(job.Namespace)?.Capabilities ?? null);
  if (forbidden.length === 0) return;
  const names = forbidden.map((one) => `"${one}"`).join(' ');
  const used = forbidden.length === 1 ? `driver ${names} is` : `drivers [${names}] are`;
  throw new Refusal(500, errorList([`used task ${used} not allowed in namespace "${job.Namespace}"`]));
}

/** Drivers of the job's tasks that its namespace does not enable, or disables. */
function forbiddenDrivers(job: Job, capabilities: Namespace['Capabilities']): readonly string[] {
  const namesIn = (key: string) => {
    const value = capabilities?.[key];
    return Array.isArray(value) ? value.map(String) : [];
  };
  const enabled = namesIn('EnabledTaskDrivers');
  const disabled = namesIn('DisabledTaskDrivers');
  const used = new Set(job.TaskGroups.flatMap((group) => (group.Tasks ?? []).map((task) => task.Driver)));
  const isForbidden = (one: string) => disabled.includes(one) || (enabled.length > 0 && !enabled.includes(one));
  return [...used].filter(isForbidden).sort();
}

export const warningsFor = ({ store }: ApiParts, job: Job): string =>
  warningsOf(job, store.schedulerConfiguration.MemoryOversubscriptionEnabled);
