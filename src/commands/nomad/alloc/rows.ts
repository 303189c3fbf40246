/** Lists of allocations. */
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import { table } from '../text/columns.ts';
import { shortId } from '../text/ids.ts';
import { ago, timeOfNs } from '../text/times.ts';

/** What a list needs to know of each. */
export type Listed = Pick<
  AllocStub,
  | 'ID'
  | 'EvalID'
  | 'NodeID'
  | 'NodeName'
  | 'TaskGroup'
  | 'DesiredStatus'
  | 'ClientStatus'
  | 'CreateTime'
  | 'ModifyTime'
  | 'CreateIndex'
> & { readonly JobVersion: number };

export interface ListOptions {
  readonly nowMs: number;
  /** Whole IDs and times. */
  readonly isVerbose?: boolean;
  /** With the evaluation and the node's name, when verbose. */
  readonly withOrigin?: boolean;
}

/** Newest first. */
export function allocationTable(allocations: readonly Listed[], options: ListOptions): string {
  if (allocations.length === 0) return 'No allocations placed';
  const { nowMs, isVerbose = false, withOrigin = true } = options;
  const showsOrigin = isVerbose && withOrigin;
  const moment = (ns: number) => (isVerbose && withOrigin ? timeOfNs(ns) : ago(ns, nowMs));
  const head = [
    ...['ID', ...(showsOrigin ? ['Eval ID'] : []), 'Node ID', ...(showsOrigin ? ['Node Name'] : []), 'Task Group'],
    ...['Version', 'Desired', 'Status', 'Created', 'Modified'],
  ];
  const rows = [...allocations]
    .sort((a, b) => b.CreateIndex - a.CreateIndex)
    .map((one) => [
      shortId(one.ID, isVerbose),
      ...(showsOrigin ? [shortId(one.EvalID, isVerbose)] : []),
      shortId(one.NodeID, isVerbose),
      ...(showsOrigin ? [one.NodeName] : []),
      ...[one.TaskGroup, String(one.JobVersion), one.DesiredStatus, one.ClientStatus],
      ...[moment(one.CreateTime), moment(one.ModifyTime)],
    ]);
  return table([head, ...rows]);
}
