/** What is under way with each pool, whatever the settings were when it began. */
import { unlessAborted } from 'nomad-autoscaler/sdk';
import { BackOff } from './back-off.ts';

/** A scaling that is under way in this process. */
export interface Running {
  /** Servers that there are to be in the end. */
  readonly desired: number;
  /** Nodes are being emptied: all of it can still be taken back. */
  readonly isDraining: boolean;
}

/** One pool: at most one thing at a time changes it. */
export class PoolGate {
  /** The scaling that has the pool now. */
  running: Running | undefined;
  /** Whatever an earlier process left behind was looked for once. */
  isSwept = false;
  /** Some node of the pool was seen in Nomad. */
  hasJoined = false;
  readonly backOff = new BackOff();
  /** What was said last about its nodes: it is not said twice in a row. */
  toldProblem: string | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Somebody changes the pool, or waits to. */
  get isTaken(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Runs `work` when everybody who came before is done.
   *
   * @param signal  ends the waiting, with its reason.
   */
  async alone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#waiting++;
    const before = this.#last;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    this.#last = promise;
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      this.#waiting--;
      void before.then(done);
      throw error;
    }
    try {
      return await work();
    } finally {
      this.#waiting--;
      done();
    }
  }
}

const worlds = new WeakMap<object, Map<string, PoolGate>>();

/**
 * The gate of a pool.
 *
 * @param world  the plugin's: all settings that it gets share the gates, so that new ones find what is still under way.
 */
export function gateOf(world: object, poolName: string): PoolGate {
  const gates = worlds.get(world) ?? new Map<string, PoolGate>();
  worlds.set(world, gates);
  const gate = gates.get(poolName) ?? new PoolGate();
  gates.set(poolName, gate);
  return gate;
}
