/** Canaries: allocations of a new version that run beside the old ones until somebody promotes them. Spec nomad-scheduler.md §7.4.1, §7.4.5. */
import type { Deployment } from '../../nomad/evaluation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isServerTerminal } from '../allocation.ts';
import { allocationName, freeNames, nameIndex } from './names.ts';

export interface Canaries {
  /** Of rollouts that were given up before they were promoted. */
  readonly stale: ReadonlySet<Allocation>;
  /** Of the present rollout, promoted or not. */
  readonly live: ReadonlySet<Allocation>;
  /** Nobody promoted them yet. */
  readonly isAwaited: boolean;
  readonly isPromoted: boolean;
}

export interface Rollouts {
  /** The one of the job's present version. */
  readonly deployment: Deployment | undefined;
  /** The one before it, when it is no longer followed. */
  readonly former: Deployment | undefined;
}

export function canariesOf(
  { deployment, former }: Rollouts,
  group: string,
  allocations: readonly Allocation[],
  nodeOf: (id: string) => Node | undefined,
): Canaries {
  const present = deployment?.TaskGroups?.[group];
  const abandoned = [former, deployment?.Status === 'failed' ? deployment : undefined];
  const staleIds = new Set(
    abandoned.flatMap((one) => {
      const state = one?.TaskGroups?.[group];
      return state === undefined || state.Promoted ? [] : (state.PlacedCanaries ?? []);
    }),
  );
  const liveIds = new Set(present?.PlacedCanaries ?? []);
  const isUsable = (one: Allocation) =>
    !isServerTerminal(one) && !one.DesiredTransition?.Migrate && nodeOf(one.NodeID)?.Status === 'ready';
  return {
    stale: new Set(allocations.filter((one) => staleIds.has(one.ID) && !isServerTerminal(one))),
    live: new Set(allocations.filter((one) => liveIds.has(one.ID) && !staleIds.has(one.ID) && isUsable(one))),
    isAwaited: present !== undefined && present.DesiredCanaries > 0 && !present.Promoted,
    isPromoted: present?.Promoted ?? false,
  };
}

/** Names for more canaries: first those of the allocations that they will replace, then free ones. */
export function canaryNames(
  job: Job,
  group: TaskGroup,
  live: Iterable<Allocation>,
  replaced: readonly Allocation[],
  count: number,
): readonly string[] {
  const taken = new Set([...live].map((one) => one.Name));
  const inherited = replaced
    .map((one) => nameIndex(one.Name))
    .sort((a, b) => a - b)
    .map((index) => allocationName(job.ID, group.Name, index))
    .filter((name) => !taken.has(name))
    .slice(0, count);
  for (const name of inherited) taken.add(name);
  return [...inherited, ...freeNames(job.ID, group.Name, taken, count - inherited.length)];
}
