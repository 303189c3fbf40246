/** `nomad node status`: all nodes, or one. */
import { boolFlag } from '../../../lib/flags.ts';
import type { Allocation } from '../../../nomad/allocation-types.ts';
import type { Node, NodeListStub } from '../../../nomad/node-types.ts';
import { type AnyCall, attempt, type Call, defineCommand, wrongUsage } from '../cli/command.ts';
import { pageFlags, pageQuery } from '../cli/pages.ts';
import { findByPrefix, nodes } from '../find/by-prefix.ts';
import { only, table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { shortId } from '../text/ids.ts';
import { asNode } from '../text/shapes.ts';
import { ownNodeId } from './own.ts';
import { showNode } from './show.ts';

const flags = {
  ...{ short: boolFlag, self: boolFlag, stats: boolFlag, allocs: boolFlag, verbose: boolFlag, quiet: boolFlag },
  ...{ ...formatFlags, ...pageFlags, os: boolFlag },
};

export const nodeStatus = defineCommand({
  name: 'node status',
  takes: '[options] <node>',
  synopsis: 'Display status information about nodes',
  flags,
  async run(call) {
    const { values, operands, client, signal } = call;
    if (operands.length > 1) throw wrongUsage('This command takes either one or no arguments');
    const [prefix] = operands;
    if (prefix === undefined && !values.self) return listNodes(call);
    const id =
      prefix === undefined
        ? await ownNodeId(call)
        : (await findByPrefix(call, nodes('Error querying node info'), prefix)).ID;
    const node = (await attempt('Error querying node info', client.object<Node>(`/v1/node/${id}`, {}, signal))).value;
    const text = formatted(values, asNode(node));
    if (text !== undefined) call.out(text);
    else {
      await showNode(call, node, values);
      hint(call, 'client details and metrics', `clients/${node.ID}`);
    }
    return 0;
  },
});

async function listNodes(call: Call<typeof flags>): Promise<number> {
  const { values, client, signal } = call;
  const query = { ...pageQuery(values), ...(values.os && { os: 'true' }) };
  const answer = await attempt('Error querying node status', client.list<NodeListStub>('/v1/nodes', { query }, signal));
  const all = answer.value;
  const text = formatted(values, all);
  if (text !== undefined) call.out(text);
  else if (values.quiet) call.out(all.map(({ ID }) => shortId(ID, true)).join('\n'));
  else if (all.length > 0) {
    call.out(table(await rowsOf(call, all)));
    if (answer.nextToken !== undefined) {
      const next = `nomad node status -per-page ${values['per-page']} -page-token ${answer.nextToken}`;
      call.out(`\nResults have been paginated. To get the next page run:\n\n${next}`);
    }
    hint(call, 'and manage Nomad clients', 'clients');
  }
  return 0;
}

async function rowsOf(call: Call<typeof flags>, all: readonly NodeListStub[]) {
  const { verbose = false, allocs = false, os = false } = call.values;
  const head = [
    ...['ID', 'Node Pool', 'DC', 'Name', 'Class', ...only(os, 'OS'), ...only(verbose, 'Address', 'Version')],
    ...['Drain', 'Eligibility', 'Status', ...only(allocs, 'Running Allocs')],
  ];
  const rows: (readonly string[])[] = [];
  for (const node of all) {
    rows.push([
      ...[shortId(node.ID, verbose), node.NodePool, node.Datacenter, node.Name, node.NodeClass],
      ...only(os, node.Attributes?.['os.name'] ?? ''),
      ...only(verbose, node.Address, node.Version),
      ...[String(node.Drain), node.SchedulingEligibility, node.Status],
      ...(allocs ? [String(await runningOn(call, node.ID))] : []),
    ]);
  }
  return [head, ...rows];
}

async function runningOn({ client, signal }: AnyCall, id: string): Promise<number> {
  const listing = client.list<Allocation>(`/v1/node/${id}/allocations`, { namespace: '*', long: true }, signal);
  const { value } = await attempt('Error querying node allocations', listing);
  return value.filter(({ ClientStatus }) => ClientStatus === 'running').length;
}
