/** `nomad node meta read` and `nomad node meta apply`. */
import { textFlag } from '../../../lib/flags.ts';
import type { Strings } from '../../../nomad/types.ts';
import { type AnyCall, attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { keyValues } from '../cli/key-values.ts';
import { findByPrefix, nodes } from '../find/by-prefix.ts';
import { sortedPairs } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { ownNodeId } from './own.ts';

interface NodeMeta {
  readonly Meta: Strings | null;
  readonly Dynamic: Readonly<Record<string, string | null>> | null;
  readonly Static: Strings | null;
}

const nodeOf = async (call: AnyCall, id: string | undefined): Promise<string> =>
  id === undefined ? ownNodeId(call) : (await findByPrefix(call, nodes('Error querying node info'), id)).ID;

export const nodeMetaRead = defineCommand({
  name: 'node meta read',
  takes: '[options]',
  synopsis: 'Read node metadata',
  flags: { 'node-id': textFlag, ...formatFlags },
  async run(call) {
    const query = { node_id: await nodeOf(call, call.values['node-id']) };
    const reading = call.client.object<NodeMeta>('/v1/client/metadata', { query }, call.signal);
    const meta = (await attempt('Error reading dynamic node metadata', reading)).value;
    const text = formatted(call.values, meta);
    if (text !== undefined) call.out(text);
    else {
      const dynamic = Object.entries(meta.Dynamic ?? {}).map(([key, value]) => [key, value ?? '<unset>']);
      call.out(
        `All Meta\n${sortedPairs(meta.Meta ?? {})}\n\nDynamic Meta\n${sortedPairs(Object.fromEntries(dynamic))}`,
      );
      call.out(`\nStatic Meta\n${sortedPairs(meta.Static ?? {})}`);
    }
    return 0;
  },
});

export const nodeMetaApply = defineCommand({
  name: 'node meta apply',
  takes: '[-node-id ...] [-unset ...] key1=value1 ... kN=vN',
  synopsis: 'Modify node metadata',
  flags: { 'node-id': textFlag, unset: textFlag },
  async run(call) {
    const unset = (call.values.unset ?? '').split(',').filter((key) => key !== '');
    const set = keyValues(call.operands, (pair) => wrongUsage(`Error parsing metadata: ${pair}`));
    const meta = { ...Object.fromEntries(unset.map((key) => [key, null])), ...set };
    const id = await nodeOf(call, call.values['node-id']);
    const body = { NodeID: id, Meta: meta };
    const writing = call.client.write('POST', '/v1/client/metadata', body, { query: { node_id: id } }, call.signal);
    await attempt('Error applying dynamic node metadata', writing);
    return 0;
  },
});
