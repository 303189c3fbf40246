/** `nomad job tag apply` and `nomad job tag unset`: names for versions, which keep them from being cleared away. */
import { integerFlag, textFlag } from '../../../lib/flags.ts';
import type { Job } from '../../../nomad/types.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { oneJob } from './one.ts';

export const jobTagApply = defineCommand({
  name: 'job tag apply',
  takes: '[options] -name <name> <job>',
  synopsis: 'Save a job version with a unique version-tag',
  flags: { name: textFlag, description: textFlag, version: integerFlag },
  async run(call) {
    const { name, description = '' } = call.values;
    if (!name) throw wrongUsage('A version tag name must be specified using the -name flag');
    const job = await oneJob(call);
    const path = `${jobPath(job)}/versions/${encodeURIComponent(name)}/tag`;
    const reading = call.client.object<Job>(jobPath(job), { namespace: job.Namespace }, call.signal);
    const version = call.values.version ?? (await attempt('Error retrieving job', reading)).value.Version;
    const body = { Name: name, Description: description, Version: version };
    const writing = call.client.write('PUT', path, body, { namespace: job.Namespace }, call.signal);
    await attempt('Error tagging job version', writing);
    call.out(`Job version ${version} tagged with name "${name}"`);
    return 0;
  },
});

export const jobTagUnset = defineCommand({
  name: 'job tag unset',
  takes: '[options] -name <name> <job>',
  synopsis: 'Remove a tag from a job version',
  flags: { name: textFlag },
  async run(call) {
    const { name } = call.values;
    if (!name) throw wrongUsage('A version tag name must be specified using the -name flag');
    const job = await oneJob(call);
    const path = `${jobPath(job)}/versions/${encodeURIComponent(name)}/tag`;
    const writing = call.client.write('DELETE', path, undefined, { namespace: job.Namespace }, call.signal);
    await attempt('Error untagging job version', writing);
    call.out(`Tag "${name}" removed from job "${job.ID}"`);
    return 0;
  },
});
