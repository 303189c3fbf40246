/** `nomad job stop` */
import { boolFlag, integerFlag } from '../../../lib/flags.ts';
import { defineCommand, wrongUsage } from '../cli/command.ts';
import { findJob, jobPath } from '../find/job.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';

export const jobStop = defineCommand({
  name: 'job stop',
  takes: '[options] <job>...',
  synopsis: 'Stop a running job and cancel its allocations',
  flags: {
    ...{ detach: boolFlag, purge: boolFlag, global: boolFlag, verbose: boolFlag, yes: boolFlag },
    ...{ 'no-shutdown-delay': boolFlag, 'eval-priority': integerFlag },
  },
  async run(call) {
    const { values } = call;
    if (call.operands.length === 0) throw wrongUsage('This command takes at least one argument: <job>');
    let status = 0;
    for (const prefix of call.operands) {
      const job = await findJob(call, prefix);
      const query = {
        ...{ purge: String(values.purge ?? false), global: String(values.global ?? false) },
        ...(values['no-shutdown-delay'] ? { no_shutdown_delay: 'true' } : {}),
        ...(values['eval-priority'] === undefined ? {} : { eval_priority: String(values['eval-priority']) }),
      };
      const options = { namespace: job.Namespace, query };
      const writing = call.client.write('DELETE', jobPath(job), undefined, options, call.signal);
      const evalId = await evalIdOf('Error deregistering job', writing);
      status = Math.max(status, await follow(call, evalId, values, evalId));
    }
    return status;
  },
});
