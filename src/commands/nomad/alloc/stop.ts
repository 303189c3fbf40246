/** `nomad alloc stop`: stops an allocation, and another takes its place. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { follow } from '../monitor/follow.ts';
import { readAllocation } from './status.ts';

export const allocStop = defineCommand({
  name: 'alloc stop',
  takes: '[options] <allocation>',
  synopsis: 'Stop and reschedule a running allocation',
  flags: { detach: boolFlag, verbose: boolFlag, 'no-shutdown-delay': boolFlag },
  async run(call) {
    const [prefix, ...more] = call.operands;
    if (prefix === undefined || more.length > 0) throw wrongUsage('This command takes one argument: <allocation>');
    const { ID, Namespace } = await readAllocation(call, prefix);
    const query = { no_shutdown_delay: String(call.values['no-shutdown-delay'] ?? false) };
    const options = { namespace: Namespace, query };
    const writing = call.client.write('PUT', `/v1/allocation/${ID}/stop`, undefined, options, call.signal);
    const { EvalID } = (await attempt('Error stopping allocation', writing)).value as { readonly EvalID: string };
    return follow(call, EvalID, call.values, EvalID);
  },
});
