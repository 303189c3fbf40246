/** `nomad job scale`: changes the count of a group. */
import { boolFlag, integerFlag } from '../../../lib/flags.ts';
import type { JobScaleStatus } from '../../../nomad/scaling-types.ts';
import { attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob, jobPath } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';

export const jobScale = defineCommand({
  name: 'job scale',
  takes: '[options] <job> [<group>] <count>',
  synopsis: 'Change the count of a Nomad job group',
  flags: { detach: boolFlag, verbose: boolFlag, 'check-index': integerFlag, 'policy-override': boolFlag },
  async run(call) {
    const { operands } = call;
    if (operands.length < 2 || operands.length > 3) {
      throw wrongUsage('This command requires at least two arguments and no more than three');
    }
    const [prefix = '', named] = operands;
    const count = integer(operands.at(-1) ?? '');
    const job = await findJob(call, prefix);
    const path = `${jobPath(job)}/scale`;
    const options = { namespace: job.Namespace };
    const reading = call.client.object<JobScaleStatus>(path, options, call.signal);
    const groups = Object.keys((await attempt('Error querying job', reading)).value.TaskGroups ?? {});
    const group = operands.length === 3 ? (named ?? '') : groups[0];
    if (operands.length === 2 && groups.length > 1) {
      throw wrongUsage('Group name must be specified when the job has multiple groups');
    }
    if (group === undefined || !groups.includes(group)) throw new CommandFailure(`Group ${group} not found within job`);
    const body = {
      ...{ Count: count, Target: { Group: group }, Message: 'submitted using the Nomad CLI', Error: false, Meta: null },
      PolicyOverride: call.values['policy-override'] ?? false,
      JobModifyIndex: call.values['check-index'] ?? 0,
    };
    const writing = call.client.write('PUT', path, body, options, call.signal);
    const evalId = await evalIdOf('Error submitting scaling request', writing);
    return follow(call, evalId, call.values, `Job scale successful\nEvaluation ID: ${evalId}`);
  },
});

function integer(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new CommandFailure(`Failed to convert count string to int: ${why}`);
}
