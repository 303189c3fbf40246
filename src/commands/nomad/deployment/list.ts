/** `nomad deployment list` */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { asDeployment } from '../text/shapes.ts';
import { deploymentTable } from './text.ts';

export const deploymentList = defineCommand({
  name: 'deployment list',
  takes: '[options]',
  synopsis: 'List all deployments',
  flags: { verbose: boolFlag, filter: textFlag, ...formatFlags },
  async run(call) {
    const { values } = call;
    if (call.operands.length > 0) throw wrongUsage('This command takes no arguments');
    const query = values.filter === undefined ? {} : { filter: values.filter };
    const listing = call.client.list<Deployment>('/v1/deployments', { query }, call.signal);
    const { value } = await attempt('Error retrieving deployments', listing);
    call.out(formatted(values, value.map(asDeployment)) ?? deploymentTable(value, values.verbose ?? false));
    return 0;
  },
});
