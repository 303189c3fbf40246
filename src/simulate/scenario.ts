/** Job files to asks. Pure. */
import { usageError } from '../lib/error.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { Job } from '../nomad/types.ts';
import { canonicalJob } from '../nomad-server/jobspec/canonicalize.ts';
import { parseJobFile } from '../nomad-server/jobspec/job-file.ts';
import { validateJob } from '../nomad-server/jobspec/validate.ts';
import type { JobInputs } from '../nomad-server/jobspec/variables.ts';

/**
 * The job of a file: HCL, its JSON syntax, or JSON as Nomad's API takes it, alone or below `Job`.
 *
 * @param name       how errors call the file.
 * @param namespace  of a job that does not say.
 * @throws           `invalid_job` (usage): every error with its place, or every rule that the job breaks.
 */
export function jobOfFile(name: string, text: string, inputs: JobInputs, namespace: string): Job {
  const raw = apiJob(text) ?? hclJob(name, text, inputs);
  const own = typeof raw['Namespace'] === 'string' ? raw['Namespace'] : '';
  const job = canonicalJob(raw, { region: 'global', namespace: own || namespace });
  const problems = validateJob(withoutVault(job), Number.POSITIVE_INFINITY);
  if (problems.length > 0) throw usageError('invalid_job', `${name}: ${problems.join('; ')}`);
  return job;
}

function hclJob(name: string, text: string, inputs: JobInputs): JsonObject {
  const read = parseJobFile(name, text, inputs);
  if ('errors' in read) throw usageError('invalid_job', read.errors.join('\n'));
  return read.job;
}

/** HCL's own JSON has no member of either name at its top. */
function apiJob(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined; // the reader of HCL says where it is wrong
  }
  if (!isJsonObject(read)) return undefined;
  if (isJsonObject(read['Job'])) return read['Job'];
  return 'TaskGroups' in read ? read : undefined;
}

/** The embedded Nomad has no Vault and refuses its users; where a job finds room has nothing to do with it. */
const withoutVault = (job: Job): Job => ({
  ...job,
  TaskGroups: job.TaskGroups.map((group) => ({
    ...group,
    Tasks: (group.Tasks ?? []).map((task) => ({ ...task, Vault: null })),
  })),
});
