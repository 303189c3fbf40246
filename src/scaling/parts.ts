/** What the heart is given from outside. */
import type { ApmCalls, StrategyCalls, TargetCalls } from '../model/plugin.ts';

/**
 * The configured plugins by their labels. A session is stable: it leads to the plugin that lives now, also after a
 * reload or a restart, and says with an error of the call when there is none.
 */
export interface Plugins {
  apm(label: string): ApmCalls;
  strategy(label: string): StrategyCalls;
  target(label: string): TargetCalls;
}

/** How many targets of each policy type may be scaled at once. */
export interface Workers {
  readonly horizontal: number;
  readonly cluster: number;
}
