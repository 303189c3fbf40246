/** `nomad job revert`: runs an earlier version again. */
import { boolFlag } from '../../../lib/flags.ts';
import { CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob, jobPath } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';

export const jobRevert = defineCommand({
  name: 'job revert',
  takes: '[options] <job> <version>',
  synopsis: 'Revert to a prior version of the job',
  flags: { detach: boolFlag, verbose: boolFlag },
  async run(call) {
    const [prefix, version, ...more] = call.operands;
    if (prefix === undefined || version === undefined || more.length > 0) {
      throw wrongUsage('This command takes two arguments: <job> <version|tag>');
    }
    const job = await findJob(call, prefix);
    if (!/^\d+$/.test(version)) throw new CommandFailure(`Failed to parse version "${version}"`);
    const body = { JobID: job.ID, JobVersion: Number(version), EnforcePriorVersion: null };
    const options = { namespace: job.Namespace };
    const writing = call.client.write('PUT', `${jobPath(job)}/revert`, body, options, call.signal);
    // Compat: Nomad's own words, whatever it was that failed.
    const evalId = await evalIdOf('Error retrieving job versions', writing);
    return follow(call, evalId, call.values, `Evaluation ID: ${evalId}`);
  },
});
