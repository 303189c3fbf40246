/** `nomad job validate`: what Nomad would say of a job file, without running it. */
import { boolFlag, listFlag } from '../../../lib/flags.ts';
import { attempt, CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';
import { namespaceOf, readJobFile } from './file.ts';
import { showWarnings } from './warnings.ts';

interface Validation {
  readonly ValidationErrors: readonly string[] | null;
  readonly Error: string;
  readonly Warnings: string;
}

export const jobValidate = defineCommand({
  name: 'job validate',
  takes: '[options] <path>',
  synopsis: 'Checks if a given job specification is valid',
  flags: { var: listFlag, 'var-file': listFlag, json: boolFlag },
  async run(call) {
    const [path, ...more] = call.operands;
    if (path === undefined || more.length > 0) throw wrongUsage('This command takes one argument: <path>');
    const { values } = call;
    const { job } = await readJobFile(call, path, {
      vars: values.var ?? [],
      varFiles: values['var-file'] ?? [],
      isJson: values.json ?? false,
    });
    const namespace = namespaceOf(job);
    const options = namespace === undefined ? {} : { namespace };
    const body = { Job: job, Region: '', Namespace: '', SecretID: '' };
    const asking = call.client.write('PUT', '/v1/validate/job', body, options, call.signal);
    const answer = (await attempt('Error validating job', asking)).value as Validation;
    if (answer.Error) throw new CommandFailure(`Job validation errors:\n${answer.Error}`);
    showWarnings(call, answer.Warnings);
    call.out('Job validation successful');
    return 0;
  },
});
