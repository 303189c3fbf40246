/** What is wrong with a job, in Nomad's words and order. Source: spec jobspec.md §8. */
import type { Job } from '../../nomad/types.ts';
import { isSystem } from '../derive.ts';
import { isTimeZone, specProblem } from '../periodic.ts';
import { groupRules } from './rules/group.ts';
import { placingRules } from './rules/placing.ts';
import { inside, when } from './rules/problems.ts';

/**
 * @param mostAllocations  that one job may want.
 * @returns                every problem; none for a good job.
 */
export function validateJob(job: Job, mostAllocations: number): readonly string[] {
  const total = job.TaskGroups.reduce((sum, group) => sum + group.Count, 0);
  const tooMany = `total count was greater than configured job_max_count: ${total} > ${mostAllocations}`;
  return [
    ...vaultProblems(job),
    ...identityProblems(job),
    ...placingProblems(job),
    ...groupProblems(job),
    ...templateProblems(job),
    ...uiProblems(job),
    ...when(job.Priority < 1 || job.Priority > 100, 'job priority must be between [1, 100]'),
    ...when(total > mostAllocations, tooMany),
    ...when(job.Payload !== null, "job can't be submitted with a payload, only dispatched"),
  ];
}

/** No Vault is there. */
function vaultProblems(job: Job): readonly string[] {
  const uses = job.TaskGroups.some((group) => group.Tasks.some((task) => task.Vault !== null));
  return when(uses, 'Vault "default" not enabled but used in the job');
}

const types: readonly string[] = ['service', 'batch', 'system', 'sysbatch'];

function identityProblems({ ID, Name, Type, Datacenters, TaskGroups }: Job): readonly string[] {
  return [
    ...when(ID === '', 'Missing job ID'),
    ...when(ID.includes(' '), 'Job ID contains a space'),
    ...when(ID.includes('\u0000'), 'Job ID contains a null character'),
    ...when(Name === '' && ID !== '', 'Missing job name'),
    ...when(Name.includes('\u0000'), 'Job Name contains a null character'),
    ...typeProblems(Type),
    ...when(Datacenters.includes(''), 'Job datacenter must be non-empty string'),
    ...when(TaskGroups.length === 0, 'Missing job task groups'),
  ];
}

function typeProblems(type: string): readonly string[] {
  if (type === '') return ['Missing job type'];
  if (type === '_core') return ['job type cannot be core'];
  return when(!types.includes(type), `Invalid job type: "${type}"`);
}

function placingProblems(job: Job): readonly string[] {
  return [
    ...when(isSystem(job) && (job.Affinities ?? []).length > 0, 'System jobs may not have an affinity block'),
    ...when(isSystem(job) && (job.Spreads ?? []).length > 0, 'System jobs may not have a spread block'),
    ...placingRules(job),
  ];
}

function groupProblems(job: Job): readonly string[] {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const [at, { Name, Count, ShutdownDelay }] of job.TaskGroups.entries()) {
    const earlier = seen.get(Name);
    if (Name === '') problems.push(`Job task group ${at + 1} missing name`);
    else if (earlier !== undefined) problems.push(`Job task group ${at + 1} redefines '${Name}' from group ${earlier}`);
    seen.set(Name, at + 1);
    if (ShutdownDelay !== null && ShutdownDelay < 0) problems.push('ShutdownDelay must be a positive value');
    const limit = 'Count cannot exceed 1 with system scheduler';
    if (job.Type === 'system' && Count > 1) problems.push(`Job task group ${Name} has count ${Count}. ${limit}`);
  }
  const ofGroups = job.TaskGroups.flatMap((group) =>
    inside(`Task group ${group.Name} validation failed: `, groupRules(job, group)),
  );
  return [...problems, ...ofGroups];
}

const payloads: readonly string[] = ['optional', 'required', 'forbidden'];

/** Jobs that are only run in copies. */
function templateProblems(job: Job): readonly string[] {
  const { Periodic, ParameterizedJob } = job;
  const isBatch = job.Type === 'batch' || job.Type === 'sysbatch';
  const only = 'can only be used with "batch" or "sysbatch" scheduler';
  return [
    ...when(Periodic !== null && !isBatch, `Periodic ${only}`),
    ...(Periodic === null ? [] : inside('', periodicProblems(Periodic))),
    ...when(ParameterizedJob !== null && !isBatch, `Parameterized job ${only}`),
    ...(ParameterizedJob === null ? [] : inside('', parameterizedProblems(ParameterizedJob))),
  ];
}

function periodicProblems(periodic: NonNullable<Job['Periodic']>): readonly string[] {
  const { Enabled, Spec, Specs, SpecType, TimeZone } = periodic;
  if (!Enabled) return [];
  const specs = [Spec, ...Specs].filter((one) => one !== '');
  const wrong = specs.flatMap((spec) => {
    const problem = specProblem(spec);
    return problem === undefined ? [] : [`Invalid cron spec "${spec}": ${problem}`];
  });
  const zone = `Invalid time zone "${TimeZone}": unknown time zone ${TimeZone}`;
  return [
    ...when(specs.length === 0, 'Must specify a spec'),
    ...when(!isTimeZone(TimeZone), zone),
    ...(SpecType === 'cron' ? wrong : [`Unknown periodic specification type "${SpecType}"`]),
  ];
}

function parameterizedProblems(block: NonNullable<Job['ParameterizedJob']>): readonly string[] {
  const { Payload, MetaRequired, MetaOptional } = block;
  const both = (MetaRequired ?? []).filter((key) => MetaOptional?.includes(key));
  const disjoint = 'Required and optional meta keys should be disjoint. Following keys exist in both:';
  return [
    ...when(!payloads.includes(Payload), `Unknown payload requirement: "${Payload}"`),
    ...when(both.length > 0, `${disjoint} [${both.join(' ')}]`),
  ];
}

const longestDescription = 1000;

function uiProblems({ UI: ui }: Job): readonly string[] {
  const length = ui?.Description.length ?? 0;
  const limit = `UI description must be under ${longestDescription} characters, currently ${length}`;
  return when(length > longestDescription, limit);
}
