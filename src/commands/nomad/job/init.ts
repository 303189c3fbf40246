/** `nomad job init`: writes an example job file. */
import { boolFlag } from '../../../lib/flags.ts';
import { CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { exampleJob } from './example.ts';

export const jobInit = defineCommand({
  name: 'job init',
  takes: '[options] <filename>',
  synopsis: 'Create an example job file',
  flags: { short: boolFlag },
  async run({ operands, values, files, out }) {
    if (operands.length > 1) throw wrongUsage('This command takes no arguments or one: <filename>');
    const [name = 'example.nomad.hcl'] = operands;
    if ((await files.read(name)) !== undefined) throw new CommandFailure(`Job '${name}' already exists`);
    await files.write(name, exampleJob(values.short ?? false));
    out(`Example job file written to ${name}`);
    return 0;
  },
});
