/** The block of warnings above an answer about a job. */
import { warningsText } from '../../../nomad-server/jobspec/warnings.ts';
import type { AnyCall } from '../cli/command.ts';

/**
 * @param told    by Nomad, of the job.
 * @param ofFile  of the file that it was read from, which Nomad does not see.
 */
export function showWarnings(call: AnyCall, told: string | undefined, ofFile: readonly string[]): void {
  for (const warnings of [warningsText(ofFile), told]) {
    if (warnings) call.out(`Job Warnings:\n${warnings.trimEnd()}\n`);
  }
}
