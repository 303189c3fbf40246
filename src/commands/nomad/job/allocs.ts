/** `nomad job allocs` */
import { boolFlag } from '../../../lib/flags.ts';
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import { allocationTable } from '../alloc/rows.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { asAllocationStub } from '../text/shapes.ts';
import { oneJob } from './one.ts';

export const jobAllocs = defineCommand({
  name: 'job allocs',
  takes: '[options] <job>',
  synopsis: 'List allocations for a job',
  flags: { all: boolFlag, verbose: boolFlag, ...formatFlags },
  async run(call) {
    const { values } = call;
    const job = await oneJob(call);
    const options = { namespace: job.Namespace, query: { all: String(values.all ?? false) } };
    const listing = call.client.list<AllocStub>(`${jobPath(job)}/allocations`, options, call.signal);
    const { value } = await attempt('Error retrieving allocations', listing);
    const list = () => allocationTable(value, { nowMs: call.clock.now(), isVerbose: values.verbose ?? false });
    call.out(formatted(values, value.map(asAllocationStub)) ?? list());
    return 0;
  },
});
