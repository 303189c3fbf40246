/** `nomad alloc exec`: refused, since it needs a session inside the client that runs the task. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { readAllocation } from './status.ts';

export const allocExec = defineCommand({
  name: 'alloc exec',
  takes: '[options] <allocation> <command> [<args>...]',
  synopsis: 'Execute commands in task; not supported here',
  flags: { task: textFlag, job: boolFlag, i: boolFlag, t: boolFlag, e: textFlag },
  async run(call) {
    const [prefix, command] = call.operands;
    if (prefix === undefined) throw wrongUsage('An alloc ID is required');
    if (command === undefined) throw wrongUsage('A command is required');
    const { ID } = await readAllocation(call, prefix);
    throw new CommandFailure(`failed to exec into task: allocation "${ID}": sessions inside tasks are not supported`);
  },
});
