/** `nomad namespace status` */
import { boolFlag } from '../../../lib/flags.ts';
import { defineCommand, wrongUsage } from '../cli/command.ts';
import { pairs } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { findNamespace } from './find.ts';

export const namespaceStatus = defineCommand({
  name: 'namespace status',
  takes: '[options] <namespace>',
  synopsis: "Display a namespace's status",
  flags: { verbose: boolFlag, ...formatFlags },
  async run(call) {
    const [name, ...more] = call.operands;
    if (name === undefined || more.length > 0) throw wrongUsage('This command takes one argument: <namespace>');
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
    const meta = Object.entries(found.Meta ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    if (meta.length > 0) call.out(`\nMetadata\n${pairs(meta)}`);
    return 0;
  },
});
