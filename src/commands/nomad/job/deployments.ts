/** `nomad job deployments` */
import { boolFlag } from '../../../lib/flags.ts';
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { deploymentTable, deploymentText } from '../deployment/text.ts';
import { jobPath } from '../find/job.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { asDeployment } from '../text/shapes.ts';
import { oneJob } from './one.ts';

export const jobDeployments = defineCommand({
  name: 'job deployments',
  takes: '[options] <job>',
  synopsis: 'List deployments for a job',
  flags: { latest: boolFlag, all: boolFlag, verbose: boolFlag, ...formatFlags },
  async run(call) {
    const { values } = call;
    const job = await oneJob(call);
    const options = { namespace: job.Namespace, query: { all: String(values.all ?? false) } };
    const listing = call.client.list<Deployment>(`${jobPath(job)}/deployments`, options, call.signal);
    const all = (await attempt('Error retrieving deployments', listing)).value;
    const [newest] = [...all].sort((a, b) => b.CreateIndex - a.CreateIndex);
    const isVerbose = values.verbose ?? false;
    const asked = values.latest ? newest && asDeployment(newest) : all.map(asDeployment);
    const text = formatted(values, asked ?? null);
    if (text !== undefined) call.out(text);
    else if (values.latest && newest !== undefined) call.out(deploymentText(newest, isVerbose));
    else call.out(deploymentTable(all, isVerbose));
    return 0;
  },
});
