/** Running policies and wanted ones: what is to be started, updated and stopped. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../model/policy.ts';

export interface Changes {
  readonly start: readonly Policy[];
  readonly update: readonly Policy[];
  /** Ids. */
  readonly stop: readonly string[];
}

/** @param running  the policies of one source, by id, as that source gave them. */
export function reconcile(running: ReadonlyMap<string, Policy>, wanted: readonly Policy[]): Changes {
  const start: Policy[] = [];
  const update: Policy[] = [];
  const ids = new Set<string>();
  for (const policy of wanted) {
    ids.add(policy.id);
    const before = running.get(policy.id);
    if (before === undefined) start.push(policy);
    else if (before !== policy && !isDeepStrictEqual(before, policy)) update.push(policy);
  }
  return { start, update, stop: [...running.keys()].filter((id) => !ids.has(id)) };
}
