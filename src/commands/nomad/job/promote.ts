/** `nomad job promote`: promotes the canaries of a job's newest deployment. */
import { boolFlag, listFlag } from '../../../lib/flags.ts';
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { attempt, CommandFailure, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';
import { oneJob } from './one.ts';

export const jobPromote = defineCommand({
  name: 'job promote',
  takes: '[options] <job>',
  synopsis: "Promote a job's canaries",
  flags: { group: listFlag, detach: boolFlag, verbose: boolFlag },
  async run(call) {
    const { client, signal, values } = call;
    const job = await oneJob(call);
    const options = { namespace: job.Namespace };
    const reading = client.get(`${jobPath(job)}/deployment`, options, signal);
    const deployment = (await attempt('Error retrieving latest deployment', reading)).value as Deployment | null;
    if (deployment === null) throw new CommandFailure(`Job "${job.ID}" has no deployment to promote`);
    const { ID } = deployment;
    const groups = values.group ?? [];
    const body = { DeploymentID: ID, All: groups.length === 0, Groups: groups.length === 0 ? null : groups };
    const writing = client.write('PUT', `/v1/deployment/promote/${ID}`, body, options, signal);
    const evalId = await evalIdOf(`Error promoting deployment "${ID}" for job "${job.ID}"`, writing);
    return follow(call, evalId, values, `Evaluation ID: ${evalId}`);
  },
});
