/** `nomad alloc status` */
import { boolFlag } from '../../../lib/flags.ts';
import type { Allocation, AllocStub } from '../../../nomad/allocation-types.ts';
import { type AnyCall, attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { allocations, findByPrefix } from '../find/by-prefix.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { asAllocation } from '../text/shapes.ts';
import { showAllocation } from './show.ts';

export const allocStatus = defineCommand({
  name: 'alloc status',
  takes: '[options] <allocation>',
  synopsis: 'Display allocation status information and metadata',
  flags: { short: boolFlag, stats: boolFlag, verbose: boolFlag, ...formatFlags },
  async run(call) {
    const { values } = call;
    const [prefix, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) {
      const ways = ' * A single <allocation>\n * No arguments, with output format specified';
      throw wrongUsage(`This command takes one of the following argument conditions:\n${ways}`);
    }
    const allocation = await readAllocation(call, prefix);
    const text = formatted(values, asAllocation(allocation));
    if (text !== undefined) call.out(text);
    else {
      await showAllocation(call, allocation, values);
      hint(call, 'allocation details', `allocations/${allocation.ID}`);
    }
    return 0;
  },
});

/** In full, found by the beginning of its ID. @throws as `findByPrefix`. */
export async function readAllocation(call: AnyCall, prefix: string): Promise<Allocation> {
  const { ID, Namespace } = await findByPrefix<AllocStub>(call, allocations, prefix);
  const reading = call.client.object<Allocation>(`/v1/allocation/${ID}`, { namespace: Namespace }, call.signal);
  return (await attempt('Error querying allocation', reading)).value;
}
