/** `nomad job inspect`: a job as Nomad has it. */
import { boolFlag, integerFlag } from '../../../lib/flags.ts';
import type { Job } from '../../../nomad/types.ts';
import { attempt, CommandFailure, defineCommand } from '../cli/command.ts';
import { jobPath } from '../find/job.ts';
import { type Format, formatFlags, formatted } from '../text/format.ts';
import { asJob } from '../text/shapes.ts';
import { oneJob } from './one.ts';

export const jobInspect = defineCommand({
  name: 'job inspect',
  takes: '[options] <job>',
  synopsis: 'Inspect a submitted job',
  flags: { version: integerFlag, hcl: boolFlag, ...formatFlags },
  async run(call) {
    const { values, client, signal } = call;
    const stub = await oneJob(call);
    const path = jobPath(stub);
    const options = { namespace: stub.Namespace };
    const failure = 'Error inspecting job';
    if (values.version === undefined || values.hcl) {
      const job = (await attempt(failure, client.object<Job>(path, options, signal))).value;
      if (!values.hcl) return void call.out(textOf(values, job));
      const query = { version: String(values.version ?? job.Version) };
      const reading = client.object<{ Source: string }>(`${path}/submission`, { ...options, query }, signal);
      return void call.out((await attempt(failure, reading)).value.Source);
    }
    const reading = client.object<{ Versions: readonly Job[] | null }>(`${path}/versions`, options, signal);
    const versions = (await attempt(failure, reading)).value.Versions ?? [];
    const job = versions.find(({ Version }) => Version === values.version);
    if (job === undefined) throw new CommandFailure(`${failure}: job version ${values.version} not found`);
    return void call.out(textOf(values, job));
  },
});

/** JSON unless a template is given. */
const textOf = ({ t }: Format, job: Job): string =>
  formatted({ json: true, ...(t === undefined ? {} : { t }) }, { Job: asJob(job) }) ?? '';
