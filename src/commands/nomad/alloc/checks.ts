/** `nomad alloc checks`: the service checks that the client runs itself. */
import { boolFlag } from '../../../lib/flags.ts';
import { isJsonObject } from '../../../lib/json.ts';
import { attempt, defineCommand, onlyOperand } from '../cli/command.ts';
import { pairs } from '../text/columns.ts';
import { readAllocation } from './status.ts';

export const allocChecks = defineCommand({
  name: 'alloc checks',
  takes: '[options] <allocation>',
  synopsis: 'Outputs service health check status information.',
  flags: { verbose: boolFlag },
  async run(call) {
    const prefix = onlyOperand(call.operands, '<allocation>');
    const { ID, Namespace } = await readAllocation(call, prefix);
    const reading = call.client.get(`/v1/client/allocation/${ID}/checks`, { namespace: Namespace }, call.signal);
    const checks = Object.values((await attempt('Error querying allocation checks', reading)).value ?? {});
    call.out(`Status of ${checks.length} Nomad Service Checks\n`);
    for (const check of checks) {
      if (!isJsonObject(check)) continue;
      const text = (key: string) => String(check[key] ?? '');
      call.out(
        `${pairs(['ID', 'Check', 'Group', 'Task', 'Service', 'Status', 'Mode', 'Output'].map((key) => [key, text(key)] as const))}\n`,
      );
    }
    return 0;
  },
});
