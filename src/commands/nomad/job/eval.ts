/** `nomad job eval`: has the scheduler look at a job again. */
import { boolFlag } from '../../../lib/flags.ts';
import { defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';
import { oneJob } from './one.ts';

export const jobEval = defineCommand({
  name: 'job eval',
  takes: '[options] <job>',
  synopsis: 'Force an evaluation for the job',
  flags: { 'force-reschedule': boolFlag, detach: boolFlag, verbose: boolFlag },
  async run(call) {
    const job = await oneJob(call);
    const body = { JobID: job.ID, EvalOptions: { ForceReschedule: call.values['force-reschedule'] ?? false } };
    const options = { namespace: job.Namespace };
    const writing = call.client.write('PUT', `${jobPath(job)}/evaluate`, body, options, call.signal);
    const evalId = await evalIdOf('Error evaluating job', writing);
    return follow(call, evalId, call.values, `Created eval ID: "${evalId.slice(0, 8)}"`);
  },
});
