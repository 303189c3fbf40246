/** The argument of commands that take one job. */

import type { JobListStub } from '../../../nomad/scaling-types.ts';
import { type AnyCall, onlyOperand } from '../cli/command.ts';
import { findJob, type JobKind } from '../find/job.ts';

/** @throws wrong usage unless there is exactly one argument; as `findJob`. */
export function oneJob(call: AnyCall, kind?: JobKind): Promise<JobListStub> {
  return findJob(call, onlyOperand(call.operands, '<job>'), kind);
}
