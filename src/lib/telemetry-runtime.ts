/**
 * What the process itself tells: upstream's `runtime.*` series where Node has an equal, and the standard `process_*` and
 * `nodejs_*` collectors in place of Go's.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import type { Cancel, Clock } from './clock.ts';
import type { Telemetry } from './telemetry.ts';

const everyMs = 1000;

/** Bytes in use by the program's objects, and all that the process holds. */
export interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

/**
 * Sets the `runtime.*` gauges every second and takes a sample of each garbage collection.
 *
 * Compat: names of spec agent.md §11.2. Goroutines and counts of single objects have no equal in Node and are left out.
 */
export function watchRuntime(telemetry: Telemetry, clock: Pick<Clock, 'after'>, memory: () => Memory): Cancel {
  const allocated = telemetry.gauge('runtime.alloc_bytes');
  const held = telemetry.gauge('runtime.sys_bytes');
  const runs = telemetry.gauge('runtime.total_gc_runs');
  const paused = telemetry.gauge('runtime.total_gc_pause_ns');
  const pause = telemetry.sample('runtime.gc_pause_ns');
  let count = 0;
  let totalNs = 0;
  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const ns = Math.round(entry.duration * 1e6);
      count++;
      totalNs += ns;
      pause.observe(ns);
    }
  });
  collections.observe({ entryTypes: ['gc'] });
  let cancel: Cancel;
  const look = () => {
    const { heapUsed, rss } = memory();
    allocated.set(heapUsed);
    held.set(rss);
    runs.set(count);
    paused.set(totalNs);
    cancel = clock.after(everyMs, look);
  };
  look();
  return () => {
    cancel();
    collections.disconnect();
  };
}

/**
 * The text of the standard collectors: CPU, memory, descriptors, event loop, heap spaces. They are made with the first
 * call, which costs some 40 ms once; an agent that nobody scrapes never pays.
 */
export function processCollectors(): () => Promise<string> {
  let registry: Promise<{ metrics(): Promise<string> }> | undefined;
  const make = async () => {
    const { collectDefaultMetrics, Registry } = await import('prom-client');
    const own = new Registry();
    collectDefaultMetrics({ register: own, eventLoopMonitoringPrecision: 100 });
    return own;
  };
  return async () => {
    registry ??= make();
    return (await registry).metrics();
  };
}
