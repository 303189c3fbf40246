/** `nomad job validate`: what Nomad would say of a job file, without running it. */
import { attempt, CommandFailure, defineCommand, onlyOperand } from '../cli/command.ts';
import { jobFileFlags, namespaceOf, readJobFile } from './file.ts';
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
  flags: jobFileFlags,
  async run(call) {
    const path = onlyOperand(call.operands, '<path>');
    const { values } = call;
    const { job, warnings } = await readJobFile(call, path, values);
    const body = { Job: job, Region: '', Namespace: '', SecretID: '' };
    const asking = call.client.write('PUT', '/v1/validate/job', body, namespaceOf(job), call.signal);
    const answer = (await attempt('Error validating job', asking)).value as Validation;
    if (answer.Error) throw new CommandFailure(`Job validation errors:\n${answer.Error}`);
    showWarnings(call, answer.Warnings, warnings);
    call.out('Job validation successful');
    return 0;
  },
});
