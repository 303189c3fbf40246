/** `nomad job run`: submits a job file and follows what comes of it. */
import { boolFlag, integerFlag } from '../../../lib/flags.ts';
import { isJsonObject } from '../../../lib/json.ts';
import { nomadRefusal } from '../../../nomad/client.ts';
import type { PeriodicConfig } from '../../../nomad/types.ts';
import { nextLaunch } from '../../../nomad-server/periodic.ts';
import { attempt, CommandFailure, defineCommand, onlyOperand } from '../cli/command.ts';
import { monitorEvaluation } from '../monitor/evaluation.ts';
import { hint } from '../text/hint.ts';
import { prettyJson } from '../text/json.ts';
import { fromNow, timeText } from '../text/times.ts';
import { idOf, isTemplate, jobFileFlags, namespaceOf, readJobFile } from './file.ts';
import { showWarnings } from './warnings.ts';

interface Registration {
  readonly EvalID: string;
  readonly Warnings?: string;
}

export const jobRun = defineCommand({
  name: 'job run',
  takes: '[options] <path>',
  synopsis: 'Run a new job or update an existing job',
  flags: {
    ...{ detach: boolFlag, verbose: boolFlag, output: boolFlag, 'check-index': integerFlag },
    ...{ 'policy-override': boolFlag, 'preserve-counts': boolFlag, 'eval-priority': integerFlag },
    ...jobFileFlags,
  },
  async run(call) {
    const { values, client, signal } = call;
    const path = onlyOperand(call.operands, '<path>');
    const { job, submission, warnings } = await readJobFile(call, path, values);
    if (values.output) {
      call.out(prettyJson({ Job: job }));
      return 0;
    }
    const index = values['check-index'];
    const body = {
      ...{ Job: job, PolicyOverride: values['policy-override'] ?? false },
      PreserveCounts: values['preserve-counts'] ?? false,
      ...(index === undefined ? {} : { EnforceIndex: true, JobModifyIndex: index }),
      ...(values['eval-priority'] === undefined ? {} : { EvalPriority: values['eval-priority'] }),
      Submission: submission,
    };
    const options = namespaceOf(job);
    const writing = client.write('PUT', '/v1/jobs', body, options, signal).catch(conflict);
    const answer = (await attempt('Error submitting job', writing)).value as Registration;
    showWarnings(call, answer.Warnings, warnings);
    const tell = () =>
      hint(call, 'this job', `jobs/${encodeURIComponent(idOf(job))}@${options.namespace ?? call.namespace}`);
    if (values.detach || isTemplate(job)) {
      call.out('Job registration successful');
      if (isJsonObject(job['Periodic'])) call.out(nextText(job['Periodic'], call.clock.now()));
      else if (answer.EvalID) call.out(`Evaluation ID: ${answer.EvalID}`);
      tell();
      return 0;
    }
    tell();
    return monitorEvaluation(call, answer.EvalID, { isVerbose: values.verbose ?? false });
  },
});

/** The text that Nomad begins the refusal with is fixed by its documentation. */
function conflict(error: unknown): never {
  const said = nomadRefusal(error)?.body;
  if (said?.startsWith('Enforcing job modify index')) throw new CommandFailure(`${said}\nJob not updated`);
  throw error;
}

/** @param periodic  as the file has it; what it leaves out has Nomad's defaults. */
function nextText(periodic: Readonly<Record<string, unknown>>, nowMs: number): string {
  const config = {
    ...{ Enabled: true, SpecType: 'cron', ProhibitOverlap: false },
    ...{ Spec: String(periodic['Spec'] ?? ''), TimeZone: String(periodic['TimeZone'] || 'UTC') },
    Specs: Array.isArray(periodic['Specs']) ? periodic['Specs'].map(String) : [],
  } satisfies PeriodicConfig;
  const next = nextLaunch(config, nowMs);
  return next === undefined
    ? 'No next periodic launch'
    : `Approximate next launch time: ${timeText(next)} (${fromNow(next, nowMs)})`;
}
