/** What most commands that make an evaluation end with. */
import type { Answer } from '../../../nomad/client.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { monitorEvaluation } from './evaluation.ts';

/** @returns the ID of the evaluation that a write makes; empty when it makes none. @throws as `attempt`. */
export async function evalIdOf(doing: string, writing: Promise<Answer<unknown>>): Promise<string> {
  return ((await attempt(doing, writing)).value as { readonly EvalID: string }).EvalID; // of each write that makes one
}

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
