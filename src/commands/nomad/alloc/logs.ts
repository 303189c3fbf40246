/** `nomad alloc logs`: what a task wrote. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import type { Allocation, AllocStub } from '../../../nomad/allocation-types.ts';
import type { Strings } from '../../../nomad/types.ts';
import { type AnyCall, attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob, jobPath } from '../find/job.ts';
import { show, shownFlags } from './shown.ts';
import { readAllocation } from './status.ts';

export const allocLogs = defineCommand({
  name: 'alloc logs',
  takes: '[options] <allocation> <task>',
  synopsis: 'Streams the logs of a task',
  flags: {
    ...{ stderr: boolFlag, stdout: boolFlag, job: boolFlag, task: textFlag, verbose: boolFlag },
    ...shownFlags,
  },
  async run(call) {
    const { values } = call;
    const [prefix, named, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) throw wrongUsage('This command takes one or two arguments');
    const allocation = values.job ? await newestOf(call, prefix) : await readAllocation(call, prefix);
    const type = values.stderr ? 'stderr' : 'stdout';
    const task = values.task ?? named ?? onlyTask(allocation);
    const path = `/v1/client/fs/logs/${allocation.ID}`;
    const optionsOf = (further: Strings) => ({
      namespace: allocation.Namespace,
      query: { task, type, origin: 'start', ...further },
    });
    await show(call, values, {
      doing: `Failed to read ${type} file: error reading file`,
      whole: [path, optionsOf({ plain: 'true', follow: 'false', offset: '0' })],
      follow: (offset) => [path, optionsOf({ follow: 'true', offset: String(offset) })],
    });
    return 0;
  },
});

function onlyTask({ ID, TaskStates, AllocatedResources }: Allocation): string {
  const names = Object.keys(AllocatedResources?.Tasks ?? TaskStates ?? {}).sort();
  const [name, ...others] = names;
  if (name !== undefined && others.length === 0) return name;
  const list = names.map((one) => `  * ${one}`).join('\n');
  throw new CommandFailure(`Allocation "${ID}" is running the following tasks:\n${list}\n\nPlease specify the task.`);
}

/** The newest allocation of a job, one that runs before one that does not. */
async function newestOf(call: AnyCall, prefix: string): Promise<Allocation> {
  const job = await findJob(call, prefix);
  const listing = call.client.list<AllocStub>(`${jobPath(job)}/allocations`, { namespace: job.Namespace }, call.signal);
  const all = (await attempt('Error querying job allocations', listing)).value;
  const [newest] = [...all].sort(
    (a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.CreateIndex - a.CreateIndex,
  );
  if (newest === undefined)
    throw new CommandFailure(`No allocations found for job ID "${job.ID}" in namespace "${job.Namespace}"`);
  const reading = call.client.object<Allocation>(
    `/v1/allocation/${newest.ID}`,
    { namespace: job.Namespace },
    call.signal,
  );
  return (await attempt('Error querying allocation', reading)).value;
}

const isRunning = ({ ClientStatus }: AllocStub): boolean => ClientStatus === 'running';
