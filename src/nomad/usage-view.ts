/** What allocations use now, asked once for all who ask at the same moment. */
import { unlessAborted } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { AllocResourceUsage } from './allocation-types.ts';
import { allocationStats } from './allocations.ts';
import type { NomadClient } from './client.ts';
import { Recent } from './recent.ts';

/** A figure is undefined when the client did not measure it. */
export interface AllocationUsage {
  /** Of one core: 150 is one and a half. */
  readonly cpuPercent: number | undefined;
  readonly cpuMhz: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** Usage moves all the time; within this it is taken as one moment. */
const freshMs = 1_000;

/** What allocations use, asked once for all who want to know. */
export class UsageView {
  readonly #client: NomadClient;
  readonly #recent: Recent<AllocationUsage>;
  /** An answer may be waited for by many: no single one of them ends the request. */
  readonly #never = new AbortController().signal;

  constructor(client: NomadClient, clock: Clock) {
    this.#client = client;
    this.#recent = new Recent(clock, freshMs);
  }

  /** @returns the value itself when it was read within the last second. */
  of(allocation: string, namespace: string, signal: AbortSignal): AllocationUsage | Promise<AllocationUsage> {
    const usage = this.#recent.get(allocation, async () =>
      figuresOf(await allocationStats(this.#client, allocation, namespace, this.#never)),
    );
    return usage instanceof Promise ? unlessAborted(usage, signal) : usage;
  }
}

function figuresOf({ ResourceUsage }: AllocResourceUsage): AllocationUsage {
  return {
    cpuPercent: ResourceUsage?.CpuStats?.Percent,
    cpuMhz: ResourceUsage?.CpuStats?.TotalTicks,
    memoryBytes: ResourceUsage?.MemoryStats?.Usage,
  };
}
