/** Counting how many of a group fit, node by node, without asking which node is the best. */
import type { Cluster } from './cluster.ts';
import type { Placing } from './walk.ts';

/** @returns how many more of the group the node takes, as its sums stand; may be `Infinity` for an ask of nothing. */
function fitting(cluster: Cluster, placing: Placing, node: number): number {
  const { room, used, most, allocations } = cluster;
  const { ask } = placing;
  const fits = Math.min(
    times((room.cpuMhz[node] ?? 0) - (used.cpuMhz[node] ?? 0), ask.cpuMhz),
    times((room.memoryMb[node] ?? 0) - (used.memoryMb[node] ?? 0), ask.memoryMb),
    times((room.diskMb[node] ?? 0) - (used.diskMb[node] ?? 0), ask.diskMb),
    (most[node] ?? 0) - (allocations[node] ?? 0),
    placing.isDistinct ? 1 : Number.POSITIVE_INFINITY,
  );
  return fits > 0 && placing.suitability.of(node) && !placing.isTaken(node) ? fits : 0;
}

function times(free: number, each: number): number {
  if (free < each) return 0;
  return each === 0 ? Number.POSITIVE_INFINITY : Math.floor(free / each);
}

/** Fills the nodes in their order. @returns how many found room. */
export function fill(cluster: Cluster, placing: Placing, nodes: readonly number[], wanted: number): number {
  let left = wanted;
  for (const node of nodes) {
    if (left === 0) break;
    const more = Math.min(fitting(cluster, placing, node), left);
    if (more <= 0) continue;
    cluster.place(node, placing.ask, more);
    placing.count(node, more);
    left -= more;
  }
  return wanted - left;
}
