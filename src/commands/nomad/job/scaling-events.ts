/** `nomad job scaling-events` */
import { boolFlag } from '../../../lib/flags.ts';
import type { JobScaleStatus } from '../../../nomad/scaling-types.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { table } from '../text/columns.ts';
import { timeOfNs } from '../text/times.ts';
import { oneJob } from './one.ts';

export const jobScalingEvents = defineCommand({
  name: 'job scaling-events',
  takes: '[options] <job>',
  synopsis: 'Display the most recent scaling events for a job',
  flags: { verbose: boolFlag },
  async run(call) {
    const job = await oneJob(call);
    const options = { namespace: job.Namespace };
    const reading = call.client.object<JobScaleStatus>(`${jobPath(job)}/scale`, options, call.signal);
    const { TaskGroups } = (await attempt('Error listing scaling events', reading)).value;
    const events = Object.entries(TaskGroups ?? {})
      .flatMap(([group, { Events }]) => (Events ?? []).map((event) => ({ group, event })))
      .sort((a, b) => b.event.Time - a.event.Time);
    if (events.length === 0) {
      call.out('No events found');
      return 0;
    }
    const isVerbose = call.values.verbose ?? false;
    const rows = events.map(({ group, event }) => [
      ...[group, event.Count === null ? '-' : String(event.Count), String(event.PreviousCount)],
      ...(isVerbose ? [String(event.Error), event.Message, event.EvalID ?? ''] : []),
      timeOfNs(event.Time),
    ]);
    const head = ['Task Group', 'Count', 'PrevCount', ...(isVerbose ? ['Error', 'Message', 'Eval ID'] : []), 'Date'];
    call.out(table([head, ...rows]));
    return 0;
  },
});
