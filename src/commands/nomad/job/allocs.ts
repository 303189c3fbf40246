/** `nomad job allocs` */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import { allocationTable } from '../alloc/rows.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { prettyJson } from '../text/json.ts';
import { asAllocationStub } from '../text/shapes.ts';
import { oneJob } from './one.ts';

export const jobAllocs = defineCommand({
  name: 'job allocs',
  takes: '[options] <job>',
  synopsis: 'List allocations for a job',
  flags: { all: boolFlag, verbose: boolFlag, json: boolFlag, t: textFlag },
  async run(call) {
    const { values } = call;
    const job = await oneJob(call);
    const options = { namespace: job.Namespace, query: { all: String(values.all ?? false) } };
    const listing = call.client.list<AllocStub>(`${jobPath(job)}/allocations`, options, call.signal);
    const { value } = await attempt('Error retrieving allocations', listing);
    if (values.json) call.out(prettyJson(value.map(asAllocationStub)));
    else call.out(allocationTable(value, { nowMs: call.clock.now(), isVerbose: values.verbose ?? false }));
    return 0;
  },
});
