/** Counting how many of a group fit, node by node, without asking which node is the best. */
import type { Cluster } from './cluster.ts';
import type { Placing } from './walk.ts';

/** @returns how many more of the group the node takes, as its sums stand; may be `Infinity` for an ask of nothing. */
export function fitting(cluster: Cluster, placing: Placing, node: number): number {
  if (!placing.suitability.of(node) || placing.isTaken(node)) return 0;
  const { room, used, most, allocations } = cluster;
  const times = (column: keyof typeof room) => {
    const free = (room[column][node] ?? 0) - (used[column][node] ?? 0);
    const each = placing.ask[column];
    return free < each ? 0 : each === 0 ? Number.POSITIVE_INFINITY : Math.floor(free / each);
  };
  const byRoom = Math.min(times('cpuMhz'), times('memoryMb'), times('diskMb'));
  const bySlots = (most[node] ?? 0) - (allocations[node] ?? 0);
  return Math.min(byRoom, bySlots, placing.isDistinct ? 1 : Number.POSITIVE_INFINITY);
}

/** Fills the nodes in their order. @returns how many found room. */
export function fill(cluster: Cluster, placing: Placing, nodes: readonly number[], wanted: number): number {
  let left = wanted;
  for (const node of nodes) {
    if (left === 0) break;
    const times = Math.min(fitting(cluster, placing, node), left);
    if (times <= 0) continue;
    cluster.place(node, placing.ask, times);
    placing.count(node, times);
    left -= times;
  }
  return wanted - left;
}
