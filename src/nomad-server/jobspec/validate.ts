/**
 * What is wrong with a job, in Nomad's words. This version holds the rules that scaling meets; the full set is that of
 * spec jobspec.md §8.
 */
import { errorList } from '../../lib/error.ts';
import type { Job, ScalingPolicy, TaskGroup } from '../../nomad/types.ts';

/** @returns every problem; none for a good job. */
export function validateJob(job: Job): readonly string[] {
  return [...identityProblems(job), ...groupProblems(job)];
}

/** @returns the warnings as one text, '' without any. */
export function warningsOf(_job: Job): string {
  return '';
}

const types = new Set(['service', 'batch', 'system', 'sysbatch']);

function identityProblems(job: Job): readonly string[] {
  const problems: string[] = [];
  if (job.ID === '') problems.push('Missing job ID');
  else if (job.ID.includes(' ')) problems.push('Job ID contains a space');
  else if (job.ID.includes('\u0000')) problems.push('Job ID contains a null character');
  if (!types.has(job.Type)) problems.push(`Invalid job type: "${job.Type}"`);
  if (job.Priority < 1 || job.Priority > 100) problems.push('job priority must be between [1, 100]');
  if (job.Datacenters.includes('')) problems.push('Job datacenter must be non-empty string');
  if (job.TaskGroups.length === 0) problems.push('Missing job task groups');
  return problems;
}

function groupProblems(job: Job): readonly string[] {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const [at, group] of job.TaskGroups.entries()) {
    const earlier = seen.get(group.Name);
    if (group.Name === '') problems.push(`Job task group ${at + 1} missing name`);
    else if (earlier !== undefined)
      problems.push(`Job task group ${at + 1} redefines '${group.Name}' from group ${earlier}`);
    seen.set(group.Name, at + 1);
    if (job.Type === 'system' && group.Count > 1) {
      const limit = 'Count cannot exceed 1 with system scheduler';
      problems.push(`Job task group ${group.Name} has count ${group.Count}. ${limit}`);
    }
  }
  for (const group of job.TaskGroups) {
    const inside = groupRules(job, group);
    if (inside.length > 0) problems.push(`Task group ${group.Name} validation failed: ${errorList(inside)}`);
  }
  return problems;
}

function groupRules(job: Job, group: TaskGroup): readonly string[] {
  const problems: string[] = [];
  if (group.Name === '') problems.push('Missing task group name');
  if (group.Count < 0) problems.push("Task group count can't be negative");
  if (group.Tasks.length === 0) problems.push('Missing tasks for task group');
  if (group.Update !== null && job.Type !== 'service' && job.Type !== 'system') {
    problems.push(`Job type "${job.Type}" does not allow update block`);
  }
  if (group.Scaling !== null) {
    const scaling = scalingRules(group.Scaling, group.Count);
    if (scaling.length > 0) problems.push(`Task group scaling policy validation failed: ${errorList(scaling)}`);
  }
  for (const [at, task] of group.Tasks.entries()) {
    const inside: string[] = [];
    if (task.Name === '') inside.push('Missing task name');
    if (task.Driver === '') inside.push('Missing task driver');
    if (task.Name === '') problems.push(`Task ${at + 1} missing name`);
    if (inside.length > 0) problems.push(`Task ${task.Name} validation failed: ${errorList(inside)}`);
  }
  return problems;
}

function scalingRules({ Min: min, Max: max }: ScalingPolicy, count: number): readonly string[] {
  const invalid = 'Scaling policy invalid: ';
  const problems: string[] = [];
  if (max === null || max < 0) problems.push(`${invalid}maximum count must be specified and non-negative`);
  else if (min !== null && max < min) problems.push(`${invalid}maximum count must not be less than minimum count`);
  if (min === null || min < 0) problems.push(`${invalid}minimum count must be specified and non-negative`);
  if (max !== null && count > max) {
    problems.push(`${invalid}task group count must not be greater than maximum count in scaling policy`);
  }
  if (min !== null && count < min) {
    problems.push(`${invalid}task group count must not be less than minimum count in scaling policy`);
  }
  return problems;
}
