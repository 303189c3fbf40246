/** `nomad job restart`: restarts the running tasks of a job's allocations, one after another. */
import { boolFlag, listFlag, textFlag } from '../../../lib/flags.ts';
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import { attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { shortId } from '../text/ids.ts';
import { timeText } from '../text/times.ts';
import { oneJob } from './one.ts';

export const jobRestart = defineCommand({
  name: 'job restart',
  takes: '[options] <job>',
  synopsis: 'Restart or reschedule allocations for a job',
  flags: {
    ...{ yes: boolFlag, 'on-error': textFlag, 'all-tasks': boolFlag, verbose: boolFlag },
    group: listFlag,
  },
  async run(call) {
    const { values } = call;
    const onError = values['on-error'] ?? (values.yes ? 'fail' : 'ask');
    if (onError === 'ask') {
      const why = '"ask" cannot be used when terminal is not interactive';
      throw wrongUsage(`Invalid -on-error value "ask": ${why}`);
    }
    const job = await oneJob(call);
    const listing = call.client.list<AllocStub>(
      `${jobPath(job)}/allocations`,
      { namespace: job.Namespace },
      call.signal,
    );
    const groups = values.group ?? [];
    const running = (await attempt('Error retrieving allocations', listing)).value.filter(
      ({ ClientStatus, DesiredStatus, TaskGroup }) =>
        ClientStatus === 'running' && DesiredStatus === 'run' && (groups.length === 0 || groups.includes(TaskGroup)),
    );
    const time = () => timeText(call.clock.now());
    call.out(`==> ${time()}: Restarting ${running.length} allocation${running.length === 1 ? '' : 's'}`);
    for (const allocation of running) {
      const id = shortId(allocation.ID, values.verbose);
      call.out(`    ${time()}: Restarting running tasks in allocation "${id}" for group "${allocation.TaskGroup}"`);
      const body = { TaskName: '', AllTasks: values['all-tasks'] ?? false };
      const path = `/v1/client/allocation/${allocation.ID}/restart`;
      const writing = call.client.write('PUT', path, body, { namespace: job.Namespace }, call.signal);
      await attempt(`Error restarting allocation "${id}"`, writing).catch((error: unknown) => {
        if (onError === 'fail' || !(error instanceof CommandFailure)) throw error;
      });
    }
    call.out(`==> ${time()}: Job restart finished\n\nJob restarted successfully!`);
    return 0;
  },
});
