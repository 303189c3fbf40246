/** `nomad status`: all jobs, or whatever has the ID that is given. */
import { boolFlag } from '../../../lib/flags.ts';
import { allocStatus } from '../alloc/status.ts';
import { attempt, type CliParts, CommandFailure, defineCommand, type NomadCommand } from '../cli/command.ts';
import { deploymentStatus } from '../deployment/status.ts';
import { evalStatus } from '../eval/status.ts';
import { jobStatus } from '../job/status.ts';
import { namespaceStatus } from '../namespace/status.ts';
import { nodeStatus } from '../node/status.ts';
import { scalingPolicyInfo } from '../scaling/policy.ts';

interface Found {
  /** By kind; null when there are none. */
  readonly Matches: Readonly<Record<string, readonly string[] | null>> | null;
}

/** Kinds of objects that have a status, and what shows it. */
const shown: Readonly<Record<string, NomadCommand>> = {
  ...{ jobs: jobStatus, nodes: nodeStatus, allocs: allocStatus, evals: evalStatus },
  ...{ deployment: deploymentStatus, namespaces: namespaceStatus, scaling_policy: scalingPolicyInfo },
};

export const status = defineCommand({
  name: 'status',
  takes: '[options] <identifier>',
  synopsis: 'Display the status output for a resource',
  flags: { verbose: boolFlag },
  async run(call) {
    const [id] = call.operands;
    const flags = call.values.verbose ? ['-verbose'] : [];
    // Whatever shows it asks the same Nomad, over the same connection.
    const parts: CliParts = { ...call, connect: async () => ({ client: call.client, close: async () => undefined }) };
    const again = [`-address=${call.address}`, `-namespace=${call.namespace}`];
    if (id === undefined) return jobStatus.run([...flags, ...again], parts);
    const asking = call.client.write('POST', '/v1/search', { Prefix: id, Context: 'all' }, {}, call.signal);
    const matches = ((await attempt('Error querying search with id', asking)).value as Found).Matches ?? {};
    const found = Object.entries(matches).filter(([kind, ids]) => Object.hasOwn(shown, kind) && (ids ?? []).length > 0);
    const [first, second] = found;
    if (first === undefined) throw new CommandFailure(`Unable to resolve ID: "${id}"`);
    const [kind, ids] = first;
    const isOne = (ids ?? []).length === 1 || (kind === 'jobs' && (ids ?? []).includes(id));
    if (second !== undefined || !isOne) throw new CommandFailure(severalText(id, found));
    const command = shown[kind];
    if (command === undefined) throw new CommandFailure(`Unable to resolve ID: "${id}"`);
    const name = (ids ?? []).includes(id) ? id : (ids?.[0] ?? id);
    return command.run([...flags, ...again, name], parts);
  },
});

function severalText(id: string, found: readonly (readonly [string, readonly string[] | null])[]): string {
  const parts = found.map(
    ([kind, ids]) => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}:\n${(ids ?? []).join(', ')}`,
  );
  return `Multiple matches found for id "${id}"\n\n${parts.join('\n\n')}`;
}
