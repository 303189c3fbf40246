/** `nomad alloc stop`: stops an allocation, and another takes its place. */
import { boolFlag } from '../../../lib/flags.ts';
import { defineCommand, onlyOperand } from '../cli/command.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';
import { readAllocation } from './status.ts';

export const allocStop = defineCommand({
  name: 'alloc stop',
  takes: '[options] <allocation>',
  synopsis: 'Stop and reschedule a running allocation',
  flags: { detach: boolFlag, verbose: boolFlag, 'no-shutdown-delay': boolFlag },
  async run(call) {
    const prefix = onlyOperand(call.operands, '<allocation>');
    const { ID, Namespace } = await readAllocation(call, prefix);
    const query = { no_shutdown_delay: String(call.values['no-shutdown-delay'] ?? false) };
    const options = { namespace: Namespace, query };
    const writing = call.client.write('PUT', `/v1/allocation/${ID}/stop`, undefined, options, call.signal);
    const evalId = await evalIdOf('Error stopping allocation', writing);
    return follow(call, evalId, call.values, evalId);
  },
});
