/** `nomad job plan`: what running a job file would change. */
import { boolFlag } from '../../../lib/flags.ts';
import type { JobPlan } from '../../../nomad/plan-types.ts';
import { attempt, defineCommand, onlyOperand } from '../cli/command.ts';
import { failureLines } from '../text/failures.ts';
import { fromNow, timeOfText } from '../text/times.ts';
import { jobDiffText } from './diff-text.ts';
import { idOf, jobFileFlags, namespaceOf, readJobFile } from './file.ts';
import { showWarnings } from './warnings.ts';

export const jobPlan = defineCommand({
  name: 'job plan',
  takes: '[options] <path>',
  synopsis: 'Dry-run a job update to determine its effects',
  flags: {
    ...{ diff: boolFlag, verbose: boolFlag, 'policy-override': boolFlag },
    ...jobFileFlags,
  },
  failureStatus: 255,
  async run(call) {
    const { values } = call;
    const path = onlyOperand(call.operands, '<path>');
    const { job, warnings } = await readJobFile(call, path, values);
    const body = { Job: job, Diff: values.diff ?? true, PolicyOverride: values['policy-override'] ?? false };
    const url = `/v1/job/${encodeURIComponent(idOf(job))}/plan`;
    const asking = call.client.write('PUT', url, body, namespaceOf(job), call.signal);
    const plan = (await attempt('Error during plan', asking)).value as JobPlan;
    if (plan.Diff !== null) call.out(`${jobDiffText(plan.Diff, { isVerbose: values.verbose ?? false })}\n`);
    call.out(`Scheduler dry-run:\n${dryRunText(plan, call.clock.now())}\n`);
    showWarnings(call, plan.Warnings, warnings);
    call.out(indexText(plan.JobModifyIndex, path));
    return plan.Diff === null || plan.Diff.Type === 'None' ? 0 : 1;
  },
});

function dryRunText(plan: JobPlan, nowMs: number): string {
  const lines: string[] = [];
  const failures = plan.FailedTGAllocs ?? {};
  if (Object.keys(failures).length === 0) lines.push('- All tasks successfully allocated.');
  else {
    lines.push('- WARNING: Failed to place all allocations.');
    lines.push(...failureLines(failures, true).map((line) => `  ${line}`));
  }
  if (plan.NextPeriodicLaunch !== null && plan.NextPeriodicLaunch !== undefined) {
    const at = timeOfText(plan.NextPeriodicLaunch);
    const rest = fromNow(Date.parse(plan.NextPeriodicLaunch), nowMs);
    lines.push(`- If submitted now, next periodic launch would be at ${at} (${rest}).`);
  }
  return lines.join('\n');
}

const indexText = (index: number, path: string): string => `Job Modify Index: ${index}
To submit the job with version verification run:

nomad job run -check-index ${index} ${path}

When running the job with the check-index flag, the job will only be run if the
job modify index given matches the server-side version. If the index has
changed, another user has modified the job and the plan's results are
potentially invalid.`;
