/** `nomad job status`: all jobs, or one with its summary, deployment and allocations. */
import { boolFlag } from '../../../lib/flags.ts';
import type { JobListStub } from '../../../nomad/scaling-types.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob } from '../find/job.ts';
import { table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { jobRows } from './rows.ts';
import { showJob } from './show.ts';

const flags = {
  ...{ short: boolFlag, evals: boolFlag, 'all-allocs': boolFlag, verbose: boolFlag, ...formatFlags },
};

export const jobStatus = defineCommand({
  name: 'job status',
  takes: '[options] <job>',
  synopsis: 'Display status information about a job',
  flags,
  helpOf: 'status',
  async run(call) {
    const [prefix, ...more] = call.operands;
    if (more.length > 0) throw wrongUsage('This command takes either no arguments or one: <job>');
    if (prefix !== undefined) {
      await showJob(call, await findJob(call, prefix), call.values);
      return 0;
    }
    const { value } = await attempt('Error querying jobs', call.client.list<JobListStub>('/v1/jobs', {}, call.signal));
    const text = formatted(call.values, value);
    if (text !== undefined) return void call.out(text);
    const jobs = [...value].sort((a, b) => (a.ID < b.ID ? -1 : 1));
    call.out(jobs.length === 0 ? 'No running jobs' : table(jobRows(jobs, call.namespace === '*')));
    hint(call, 'and manage Nomad jobs', 'jobs');
    return 0;
  },
});
