/** `nomad alloc logs`: what a task wrote. */
import { boolFlag, integerFlag, textFlag } from '../../../lib/flags.ts';
import type { Allocation, AllocStub } from '../../../nomad/allocation-types.ts';
import { type AnyCall, attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob, jobPath } from '../find/job.ts';
import { readAllocation } from './status.ts';

export const allocLogs = defineCommand({
  name: 'alloc logs',
  takes: '[options] <allocation> <task>',
  synopsis: 'Streams the logs of a task',
  flags: {
    ...{ stderr: boolFlag, stdout: boolFlag, job: boolFlag, task: textFlag, tail: boolFlag },
    ...{ n: integerFlag, c: integerFlag, verbose: boolFlag },
  },
  async run(call) {
    const { values, client, signal } = call;
    const [prefix, named, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) throw wrongUsage('This command takes one or two arguments');
    const allocation = values.job ? await newestOf(call, prefix) : await readAllocation(call, prefix);
    const type = values.stderr ? 'stderr' : 'stdout';
    const task = values.task ?? named ?? onlyTask(allocation);
    const query = { task, type, plain: 'true', follow: 'false', origin: 'start', offset: '0' };
    const path = `/v1/client/fs/logs/${allocation.ID}`;
    const reading = client.text(path, { namespace: allocation.Namespace, query, long: true }, signal);
    const text = (await attempt(`Failed to read ${type} file: error reading file`, reading)).value;
    const isCut = values.tail || values.n !== undefined || values.c !== undefined;
    call.stdout(isCut ? ending(text, values.n ?? 10, values.c) : text);
    return 0;
  },
});

/** The last lines, or the last bytes when those are asked for. */
function ending(text: string, lines: number, bytes: number | undefined): string {
  if (bytes !== undefined) return text.slice(-bytes);
  return text
    .split(/(?<=\n)/)
    .slice(-lines)
    .join('');
}

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
