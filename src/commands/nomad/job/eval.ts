/** `nomad job eval`: has the scheduler look at a job again. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { follow } from '../monitor/follow.ts';
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
    const { EvalID } = (await attempt('Error evaluating job', writing)).value as { readonly EvalID: string };
    return follow(call, EvalID, call.values, `Created eval ID: "${EvalID.slice(0, 8)}"`);
  },
});
