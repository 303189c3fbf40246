/** `nomad job periodic force`: launches a periodic job now. */
import { boolFlag } from '../../../lib/flags.ts';
import { defineCommand } from '../cli/command.ts';
import { jobPath, periodicJob } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';
import { oneJob } from './one.ts';

export const jobPeriodicForce = defineCommand({
  name: 'job periodic force',
  takes: '[options] <job>',
  synopsis: 'Force the launch of a periodic job',
  flags: { detach: boolFlag, verbose: boolFlag },
  async run(call) {
    const job = await oneJob(call, periodicJob);
    const options = { namespace: job.Namespace };
    const writing = call.client.write('PUT', `${jobPath(job)}/periodic/force`, undefined, options, call.signal);
    const evalId = await evalIdOf(`Error forcing periodic job "${job.ID}"`, writing);
    return follow(call, evalId, call.values, `Force periodic successful\nEvaluation ID: ${evalId}`);
  },
});
