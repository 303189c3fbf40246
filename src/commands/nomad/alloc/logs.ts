/** `nomad alloc logs`: what a task wrote. */
import { boolFlag, integerFlag, textFlag } from '../../../lib/flags.ts';
import type { Allocation, AllocStub } from '../../../nomad/allocation-types.ts';
import type { Strings } from '../../../nomad/types.ts';
import { type AnyCall, attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob, jobPath } from '../find/job.ts';
import { frameReader } from './frames.ts';
import { readAllocation } from './status.ts';

export const allocLogs = defineCommand({
  name: 'alloc logs',
  takes: '[options] <allocation> <task>',
  synopsis: 'Streams the logs of a task',
  flags: {
    ...{ stderr: boolFlag, stdout: boolFlag, job: boolFlag, task: textFlag, tail: boolFlag },
    ...{ n: integerFlag, c: integerFlag, f: boolFlag, verbose: boolFlag },
  },
  async run(call) {
    const { values } = call;
    const [prefix, named, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) throw wrongUsage('This command takes one or two arguments');
    const allocation = values.job ? await newestOf(call, prefix) : await readAllocation(call, prefix);
    const type = values.stderr ? 'stderr' : 'stdout';
    const task = values.task ?? named ?? onlyTask(allocation);
    const log: TaskLog = { allocation, task, type };
    const isCut = values.tail || values.n !== undefined || values.c !== undefined;
    const text = values.f && !isCut ? '' : await textOf(call, log);
    call.stdout(isCut ? ending(text, values.n ?? 10, values.c) : text);
    if (values.f) await followOn(call, log, Buffer.byteLength(text));
    return 0;
  },
});

interface TaskLog {
  readonly allocation: Allocation;
  readonly task: string;
  readonly type: 'stdout' | 'stderr';
}

const optionsOf = ({ allocation, task, type }: TaskLog, further: Strings) => ({
  namespace: allocation.Namespace,
  query: { task, type, origin: 'start', ...further },
});
const pathOf = ({ allocation }: TaskLog) => `/v1/client/fs/logs/${allocation.ID}`;
const doing = ({ type }: TaskLog) => `Failed to read ${type} file: error reading file`;

async function textOf({ client, signal }: AnyCall, log: TaskLog): Promise<string> {
  const options = optionsOf(log, { plain: 'true', follow: 'false', offset: '0' });
  return (await attempt(doing(log), client.text(pathOf(log), { ...options, long: true }, signal))).value;
}

/** Writes what comes, until the allocation is over or somebody interrupts. @param offset  bytes that are passed over. */
async function followOn({ client, signal, stdout }: AnyCall, log: TaskLog, offset: number): Promise<void> {
  const options = optionsOf(log, { follow: 'true', offset: String(offset) });
  try {
    await attempt(doing(log), client.stream(pathOf(log), options, frameReader(stdout), signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

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
