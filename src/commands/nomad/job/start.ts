/** `nomad job start`: runs a stopped job again, as it was. */
import { boolFlag } from '../../../lib/flags.ts';
import type { Job } from '../../../nomad/types.ts';
import { attempt, CommandFailure, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';
import { oneJob } from './one.ts';

export const jobStart = defineCommand({
  name: 'job start',
  takes: '[options] <job>',
  synopsis: 'Start a stopped job',
  flags: { detach: boolFlag, verbose: boolFlag },
  async run(call) {
    const stub = await oneJob(call);
    if (!stub.Stop) throw new CommandFailure(`Job "${stub.ID}" is not stopped`);
    const options = { namespace: stub.Namespace };
    const reading = call.client.object<Job>(jobPath(stub), options, call.signal);
    const job = (await attempt('Error retrieving job', reading)).value;
    const writing = call.client.write('PUT', '/v1/jobs', { Job: { ...job, Stop: false } }, options, call.signal);
    const evalId = await evalIdOf('Error starting job', writing);
    return follow(call, evalId, call.values, `Evaluation ID: ${evalId}`);
  },
});
