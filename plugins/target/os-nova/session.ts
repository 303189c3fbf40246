/** The target, opened: its verbs on one cloud and one Nomad. */
import type { Action, Outcome, TargetStatus } from 'nomad-autoscaler/sdk';
import type { NodePoolParts } from 'nomad-autoscaler/sdk/nodepool';
import type { Cloud } from './cloud.ts';
import type { PoolConfig } from './config.ts';
import { gateOf } from './gate.ts';
import { Lookups } from './lookups.ts';
import { poolTag } from './mark.ts';
import { mend } from './mend.ts';
import { scalePool } from './scale.ts';
import type { Settings } from './settings.ts';
import { poolStatus } from './status.ts';
import { ServerWatch } from './watch.ts';
import type { Session, Work } from './work.ts';

/** What a session works with. */
export interface SessionParts {
  readonly cloud: Cloud;
  readonly parts: NodePoolParts;
  readonly settings: Settings;
  /** The plugin's: sessions of one world know of each other's scalings. */
  readonly world: object;
}

/** The target on one cloud and one Nomad, until the settings change. */
export class NovaSession {
  readonly #session: Session;
  readonly #world: object;
  readonly #watches = new Map<string, ServerWatch>();
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<void>>();

  constructor({ world, ...rest }: SessionParts) {
    const { cloud, parts } = rest;
    this.#session = { ...rest, lookups: new Lookups(cloud, parts.clock, parts.log) };
    this.#world = world;
    this.#inBackground(parts.ownNode.prepare(this.#stop.signal), () => undefined); // tells by itself
  }

  status(config: PoolConfig, signal: AbortSignal): Promise<TargetStatus> {
    const work = this.#workOn(config);
    return poolStatus(work, () => this.#mendLater(work), signal);
  }

  scale(action: Action, config: PoolConfig, signal: AbortSignal): Promise<Outcome> {
    return scalePool(action, this.#workOn(config), signal);
  }

  /** Ends what goes on in the background; whoever opens the next session goes on with it. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#background);
  }

  #workOn(config: PoolConfig): Work {
    const { cloud, parts } = this.#session;
    const tag = poolTag(config.poolName);
    const watch = this.#watches.get(tag) ?? new ServerWatch(cloud, parts.clock, tag);
    this.#watches.set(tag, watch);
    return { ...this.#session, config, tag, watch, gate: gateOf(this.#world, config.poolName) };
  }

  #mendLater(work: Work): void {
    const { signal } = this.#stop;
    const { log } = work.parts;
    const mending = work.gate.alone(() => mend(work, signal), signal);
    this.#inBackground(mending, (error) =>
      log.error('failed to bring a pool in order', { pool_name: work.config.poolName, error }),
    );
  }

  /** Ends with the session. @param tell  of a failure that is not that end. */
  #inBackground(work: Promise<void>, tell: (error: unknown) => void): void {
    const done = work
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) tell(error);
      })
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
  }
}
