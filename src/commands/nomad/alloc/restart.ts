/** `nomad alloc restart` and `nomad alloc signal`: what is done to running tasks. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { readAllocation } from './status.ts';

export const allocRestart = defineCommand({
  name: 'alloc restart',
  takes: '[options] <allocation> <task>',
  synopsis: 'Restart a running allocation',
  flags: { task: textFlag, 'all-tasks': boolFlag, verbose: boolFlag },
  async run(call) {
    const [prefix, named = '', ...more] = call.operands;
    if (prefix === undefined || more.length > 0) {
      throw wrongUsage('This command takes one or two arguments: <allocation> <task>');
    }
    const { ID, Namespace } = await readAllocation(call, prefix);
    const body = { TaskName: call.values.task ?? named, AllTasks: call.values['all-tasks'] ?? false };
    const path = `/v1/client/allocation/${ID}/restart`;
    const writing = call.client.write('PUT', path, body, { namespace: Namespace }, call.signal);
    await attempt('Failed to restart allocation', writing);
    return 0;
  },
});

export const allocSignal = defineCommand({
  name: 'alloc signal',
  takes: '[options] <allocation> <task>',
  synopsis: 'Signal a running allocation',
  flags: { s: textFlag, task: textFlag, verbose: boolFlag },
  async run(call) {
    const [prefix, named = '', ...more] = call.operands;
    if (prefix === undefined || more.length > 0) {
      throw wrongUsage('This command takes up to two arguments: <allocation> <task>');
    }
    const { ID, Namespace } = await readAllocation(call, prefix);
    const body = { AllocID: ID, Signal: call.values.s ?? 'SIGKILL', Task: call.values.task ?? named };
    const path = `/v1/client/allocation/${ID}/signal`;
    const writing = call.client.write('PUT', path, body, { namespace: Namespace }, call.signal);
    await attempt('Error signalling allocation', writing);
    return 0;
  },
});
