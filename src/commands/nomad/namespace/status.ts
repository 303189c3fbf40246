/** `nomad namespace status` */
import { boolFlag } from '../../../lib/flags.ts';
import { defineCommand, onlyOperand } from '../cli/command.ts';
import { pairs, sortedPairs } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { findNamespace } from './find.ts';

export const namespaceStatus = defineCommand({
  name: 'namespace status',
  takes: '[options] <namespace>',
  synopsis: "Display a namespace's status",
  flags: { verbose: boolFlag, ...formatFlags },
  async run(call) {
    const name = onlyOperand(call.operands, '<namespace>');
    const found = await findNamespace(call, name);
    const text = formatted(call.values, found);
    if (text !== undefined) return void call.out(text);
    const { Capabilities } = found;
    const allowed = (names: readonly string[] | null | undefined) =>
      (names ?? []).length === 0 ? '*' : (names ?? []).join(',');
    call.out(
      pairs([
        ['Name', found.Name],
        ['Description', found.Description],
        ['Quota', found.Quota],
        ['Enabled Drivers', allowed(Capabilities?.EnabledTaskDrivers)],
        ['Disabled Drivers', (Capabilities?.DisabledTaskDrivers ?? []).join(',')],
        ['Enabled Network Modes', allowed(Capabilities?.EnabledNetworkModes)],
        ['Disabled Network Modes', (Capabilities?.DisabledNetworkModes ?? []).join(',')],
      ]),
    );
    const meta = found.Meta ?? {};
    if (Object.keys(meta).length > 0) call.out(`\nMetadata\n${sortedPairs(meta)}`);
    return 0;
  },
});
