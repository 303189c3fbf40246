/** `nomad eval delete` */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { schedulerSettings } from '../operator/scheduler-settings.ts';

const advice = `To delete evaluations you must first pause the eval broker by running "nomad operator scheduler set-config -pause-eval-broker=true"
After the deletion is complete, unpause the eval broker by running "nomad operator scheduler set-config -pause-eval-broker=false"`;

export const evalDelete = defineCommand({
  name: 'eval delete',
  takes: '[options] <evaluation>',
  synopsis: 'Delete evaluations by ID or using a filter',
  flags: { filter: textFlag, yes: boolFlag },
  async run(call) {
    const { client, signal, values } = call;
    if ((call.operands.length === 0) === (values.filter === undefined)) {
      throw wrongUsage('Either evaluation ID(s) or the -filter flag must be given');
    }
    const { SchedulerConfig } = await schedulerSettings(call);
    if (!SchedulerConfig.PauseEvalBroker) {
      call.out(advice);
      throw new CommandFailure('Eval broker is not paused');
    }
    const body = values.filter === undefined ? { EvalIDs: call.operands } : { Filter: values.filter };
    await attempt('Error deleting evaluations', client.write('DELETE', '/v1/evaluations', body, {}, signal));
    call.out('Successfully deleted evaluations');
    return 0;
  },
});
