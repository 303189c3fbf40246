/** What most commands that make an evaluation end with. */
import type { AnyCall } from '../cli/command.ts';
import { monitorEvaluation } from './evaluation.ts';

export interface FollowOptions {
  readonly detach?: boolean;
  readonly verbose?: boolean;
}

/** @param detached  what is printed instead of following it. @returns the exit status. */
export async function follow(call: AnyCall, evalId: string, options: FollowOptions, detached: string): Promise<number> {
  if (!options.detach && evalId !== '') {
    return monitorEvaluation(call, evalId, { isVerbose: options.verbose ?? false });
  }
  if (detached !== '') call.out(detached);
  return 0;
}
