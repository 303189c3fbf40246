/** The argument of commands that take one job. */

import type { JobListStub } from '../../../nomad/scaling-types.ts';
import type { AnyCall } from '../cli/command.ts';
import { wrongUsage } from '../cli/command.ts';
import { findJob, type JobKind } from '../find/job.ts';

/** @throws wrong usage unless there is exactly one argument; as `findJob`. */
export function oneJob(call: AnyCall, kind?: JobKind): Promise<JobListStub> {
  const [prefix, ...more] = call.operands;
  if (prefix === undefined || more.length > 0) throw wrongUsage('This command takes one argument: <job>');
  return findJob(call, prefix, kind);
}
