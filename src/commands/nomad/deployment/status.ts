/** `nomad deployment status` */
import { boolFlag } from '../../../lib/flags.ts';
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { isActive } from '../../../nomad/jobs.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { deployments, findByPrefix } from '../find/by-prefix.ts';
import { monitorDeployment } from '../monitor/deployment.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { hint } from '../text/hint.ts';
import { shortId } from '../text/ids.ts';
import { asDeployment } from '../text/shapes.ts';
import { timeText } from '../text/times.ts';
import { deploymentTable, deploymentText } from './text.ts';

export const deploymentStatus = defineCommand({
  name: 'deployment status',
  takes: '[options] <deployment>',
  synopsis: 'Display the status of a deployment',
  flags: { verbose: boolFlag, monitor: boolFlag, ...formatFlags },
  async run(call) {
    const { values } = call;
    const [prefix, ...more] = call.operands;
    if (more.length > 0) throw wrongUsage('This command takes one argument: <deployment>');
    const isVerbose = values.verbose ?? false;
    if (prefix === undefined) {
      const listing = call.client.list<Deployment>('/v1/deployments', {}, call.signal);
      const { value } = await attempt('Error retrieving deployments', listing);
      return void call.out(deploymentTable(value, isVerbose));
    }
    const deployment = await findByPrefix<Deployment>(call, deployments, prefix);
    const shown = formatted(values, asDeployment(deployment));
    if (shown !== undefined) return void call.out(shown);
    const tell = () =>
      hint(call, 'all deployments for this job', `jobs/${encodeURIComponent(deployment.JobID)}/deployments`);
    if (values.monitor === false || !isActive(deployment)) {
      call.out(deploymentText(deployment, isVerbose));
      tell();
      return 0;
    }
    call.out(`==> ${timeText(call.clock.now())}: Monitoring deployment "${shortId(deployment.ID, isVerbose)}"`);
    await monitorDeployment(call, deployment.ID, isVerbose);
    tell();
    return 0;
  },
});
