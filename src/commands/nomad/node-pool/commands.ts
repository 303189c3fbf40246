/** `nomad node pool list`, `info`, `nodes`, `jobs`, `apply`, `delete`, `init`. */
import { formatDuration } from '../../../lib/duration.ts';
import { boolFlag } from '../../../lib/flags.ts';
import type { NodeListStub } from '../../../nomad/node-types.ts';
import type { JobListStub } from '../../../nomad/scaling-types.ts';
import type { Opaque, Strings } from '../../../nomad/types.ts';
import { type AnyCall, attempt, CommandFailure, defineCommand, inputText, onlyOperand } from '../cli/command.ts';
import { jobRows } from '../job/rows.ts';
import { pairs, sortedPairs, table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { shortId } from '../text/ids.ts';
import { examplePool, readPoolFile } from './file.ts';

interface NodePool {
  readonly Name: string;
  readonly Description: string;
  readonly Meta: Strings | null;
  readonly SchedulerConfiguration: Opaque | null;
  /** Nanoseconds. */
  readonly NodeIdentityTTL?: number;
}

export const nodePoolList = defineCommand({
  name: 'node pool list',
  takes: '[options]',
  synopsis: 'List node pools',
  flags: formatFlags,
  async run({ client, signal, values, out }) {
    const { value } = await attempt('Error querying node pools', client.list<NodePool>('/v1/node/pools', {}, signal));
    const text = formatted(values, value);
    if (text !== undefined) return void out(text);
    const all = [...value].sort((a, b) => (a.Name < b.Name ? -1 : 1));
    out(table([['Name', 'Description'], ...all.map(({ Name, Description }) => [Name, Description])]));
    return 0;
  },
});

/** @throws CommandFailure when no pool, or more than one, begins like this and none is called so. */
async function findPool(call: AnyCall): Promise<NodePool> {
  const prefix = onlyOperand(call.operands, '<node-pool>');
  const failure = 'Error retrieving node pool';
  const listing = call.client.list<NodePool>('/v1/node/pools', { query: { prefix } }, call.signal);
  const { value } = await attempt(failure, listing);
  const found = value.find(({ Name }) => Name === prefix) ?? (value.length === 1 ? value[0] : undefined);
  if (found === undefined) {
    const what = value.length === 0 ? 'No node pool' : 'More than one node pool';
    throw new CommandFailure(`${failure}: ${what} with prefix "${prefix}" found`);
  }
  return found;
}

const poolPath = ({ Name }: NodePool): string => `/v1/node/pool/${encodeURIComponent(Name)}`;

export const nodePoolInfo = defineCommand({
  name: 'node pool info',
  takes: '<node-pool>',
  synopsis: 'Fetch information on an existing node pool',
  flags: formatFlags,
  async run(call) {
    const pool = await findPool(call);
    const text = formatted(call.values, pool);
    if (text !== undefined) return void call.out(text);
    call.out(
      pairs([
        ['Name', pool.Name],
        ['Description', pool.Description],
        ['Node Identity TTL', formatDuration((pool.NodeIdentityTTL ?? 0) / 1e6)],
      ]),
    );
    const meta = pool.Meta ?? {};
    call.out(Object.keys(meta).length === 0 ? '\nNo metadata' : `\nMetadata\n${sortedPairs(meta)}`);
    const { SchedulerConfiguration: settings } = pool;
    const rows = Object.entries(settings ?? {}).map(([key, value]) => [key, String(value)] as const);
    call.out(`\nScheduler Configuration\n${rows.length === 0 ? 'No scheduler configuration' : pairs(rows)}`);
    return 0;
  },
});

export const nodePoolNodes = defineCommand({
  name: 'node pool nodes',
  takes: '<node-pool>',
  synopsis: 'Fetch a list of nodes in a node pool',
  flags: { verbose: boolFlag, ...formatFlags },
  async run(call) {
    const pool = await findPool(call);
    const listing = call.client.list<NodeListStub>(`${poolPath(pool)}/nodes`, {}, call.signal);
    const { value } = await attempt('Error querying nodes', listing);
    const text = formatted(call.values, value);
    if (text !== undefined) return void call.out(text);
    if (value.length === 0) return void call.out('No nodes');
    const rows = value.map((node) => [
      ...[shortId(node.ID, call.values.verbose), node.Datacenter, node.Name, node.NodeClass, String(node.Drain)],
      ...[node.SchedulingEligibility, node.Status],
    ]);
    call.out(table([['ID', 'DC', 'Name', 'Class', 'Drain', 'Eligibility', 'Status'], ...rows]));
    return 0;
  },
});

export const nodePoolJobs = defineCommand({
  name: 'node pool jobs',
  takes: '<node-pool>',
  synopsis: 'Fetch a list of jobs in a node pool',
  flags: formatFlags,
  async run(call) {
    const pool = await findPool(call);
    const listing = call.client.list<JobListStub>(`${poolPath(pool)}/jobs`, {}, call.signal);
    const { value } = await attempt('Error querying jobs', listing);
    call.out(formatted(call.values, value) ?? (value.length === 0 ? 'No jobs' : table(jobRows(value))));
    return 0;
  },
});

export const nodePoolApply = defineCommand({
  name: 'node pool apply',
  takes: '<path>',
  synopsis: 'Create or update a node pool',
  flags: {},
  async run(call) {
    const path = onlyOperand(call.operands, '<path>');
    const text = await inputText(call, path);
    if (text === undefined) throw new CommandFailure(`Failed to read file: open ${path}: no such file or directory`);
    const pool = readPoolFile(path, text);
    const writing = call.client.write('PUT', '/v1/node/pools', pool, {}, call.signal);
    await attempt('Error applying node pool', writing);
    call.out(`Successfully applied node pool "${pool.Name}"!`);
    return 0;
  },
});

export const nodePoolDelete = defineCommand({
  name: 'node pool delete',
  takes: '<node-pool>',
  synopsis: 'Delete a node pool',
  flags: {},
  async run({ client, signal, operands, out }) {
    const name = onlyOperand(operands, '<node-pool>');
    const path = `/v1/node/pool/${encodeURIComponent(name)}`;
    await attempt('Error deleting node pool', client.write('DELETE', path, undefined, {}, signal));
    out(`Successfully deleted node pool "${name}"!`);
    return 0;
  },
});

export const nodePoolInit = defineCommand({
  name: 'node pool init',
  takes: '<filename>',
  synopsis: 'Create an example node pool specification file',
  flags: {},
  async run({ operands, files, out }) {
    const [path = 'pool.nomad.hcl'] = operands;
    if ((await files.read(path)) !== undefined) throw new CommandFailure(`File "${path}" already exists`);
    await files.write(path, examplePool);
    out(`Example node pool specification written to ${path}`);
    return 0;
  },
});
