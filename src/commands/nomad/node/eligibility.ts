/** `nomad node eligibility`: whether new allocations may be placed on a node. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { findByPrefix, nodes } from '../find/by-prefix.ts';
import { ownNodeId } from './own.ts';

const failure = 'Error updating scheduling eligibility';

export const nodeEligibility = defineCommand({
  name: 'node eligibility',
  takes: '[options] <node>',
  synopsis: 'Toggle scheduling eligibility for a given node',
  flags: { enable: boolFlag, disable: boolFlag, self: boolFlag },
  async run(call) {
    const { enable = false, disable = false, self = false } = call.values;
    if (enable === disable) throw wrongUsage("Either the '-enable' or '-disable' flag must be set");
    const [prefix, ...more] = call.operands;
    if (more.length > 0 || (prefix === undefined) !== self) {
      throw wrongUsage("Node ID must be specified if -self isn't being used");
    }
    const id = prefix === undefined ? await ownNodeId(call) : (await findByPrefix(call, nodes(failure), prefix)).ID;
    const body = { NodeID: id, Eligibility: enable ? 'eligible' : 'ineligible' };
    const writing = call.client.write('PUT', `/v1/node/${id}/eligibility`, body, {}, call.signal);
    await attempt(failure, writing);
    const now = enable ? 'eligible' : 'ineligible';
    call.out(`Node "${id}" scheduling eligibility set: ${now} for scheduling`);
    return 0;
  },
});
