/** How full asks of one size would make each node. Worked out when somebody asks, and kept until the node changes. */
import type { Ask } from '../nomad-server/scheduler/ask.ts';
import { packed } from '../nomad-server/scheduler/rank.ts';
import type { Cluster } from './cluster.ts';

export class Packing {
  readonly #cluster: Cluster;
  readonly #ask: Ask;
  readonly #scores: Float64Array;
  /** How many allocations the node had when its score was worked out. */
  readonly #seen: Int32Array;

  constructor(cluster: Cluster, ask: Ask) {
    this.#cluster = cluster;
    this.#ask = ask;
    this.#scores = new Float64Array(cluster.nodes.length);
    this.#seen = new Int32Array(cluster.nodes.length).fill(-1);
  }

  /** 0 (worst) to 1, as §12.3 has it; -1 when the node is too full. */
  on(node: number): number {
    if (this.#seen[node] === this.#cluster.allocations[node]) return this.#scores[node] ?? -1;
    const score = this.#scoreOf(node);
    this.#scores[node] = score;
    this.#seen[node] = this.#cluster.allocations[node] ?? 0;
    return score;
  }

  #scoreOf(node: number): number {
    const { room, used, allocations, most, algorithm } = this.#cluster;
    if ((allocations[node] ?? 0) >= (most[node] ?? 0)) return -1;
    const cpuMhz = (used.cpuMhz[node] ?? 0) + this.#ask.cpuMhz;
    const memoryMb = (used.memoryMb[node] ?? 0) + this.#ask.memoryMb;
    const diskMb = (used.diskMb[node] ?? 0) + this.#ask.diskMb;
    const cpuRoom = room.cpuMhz[node] ?? 0;
    const memoryRoom = room.memoryMb[node] ?? 0;
    if (cpuMhz > cpuRoom || memoryMb > memoryRoom || diskMb > (room.diskMb[node] ?? 0)) return -1;
    return packed(1 - cpuMhz / cpuRoom, 1 - memoryMb / memoryRoom, algorithm);
  }
}

/** Sizes for which scores are kept at a time. */
const mostKept = 64;

/** The packings of a cluster by size: jobs of one size share theirs. */
export class Packings {
  readonly #cluster: Cluster;
  readonly #bySize = new Map<string, Packing>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  of(ask: Ask): Packing {
    const size = `${ask.cpuMhz} ${ask.memoryMb} ${ask.diskMb}`;
    let packing = this.#bySize.get(size);
    if (packing === undefined) {
      if (this.#bySize.size >= mostKept) this.#bySize.clear();
      packing = new Packing(this.#cluster, ask);
      this.#bySize.set(size, packing);
    }
    return packing;
  }
}
