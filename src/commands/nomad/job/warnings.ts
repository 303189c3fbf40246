/** The block of warnings above an answer about a job. */
import type { AnyCall } from '../cli/command.ts';

export function showWarnings(call: AnyCall, warnings: string | undefined): void {
  if (warnings) call.out(`Job Warnings:\n${warnings.trimEnd()}\n`);
}
