/** Looks at servers once a second until they are as they should be: few one by one, many with one list. */
import { AutoscalerError, type Clock, isAbort, sleep } from 'nomad-autoscaler/sdk';
import type { Cloud, Server } from './cloud.ts';

/** Compat: the pace of upstream. */
const beatMs = 1_000;
/** So many are read one by one; a list of the pool costs the cloud about as much. */
const mostSingle = 3;

/** Watches the servers of one pool. */
export class ServerWatch {
  readonly #cloud: Pick<Cloud, 'server' | 'servers'>;
  readonly #clock: Clock;
  readonly #tag: string;
  readonly #startedAt: number;
  #watching = 0;
  #list: { readonly at: number; readonly servers: Promise<ReadonlyMap<string, Server>> } | undefined;

  constructor(cloud: Pick<Cloud, 'server' | 'servers'>, clock: Clock, tag: string) {
    this.#cloud = cloud;
    this.#clock = clock;
    this.#tag = tag;
    this.#startedAt = clock.elapsed();
  }

  /**
   * Looks at once, then on a beat that all share. A read that fails and may pass is tried again with the next beat.
   *
   * @param isDone  given the server, undefined once it is gone. What it throws ends the watching.
   * @param signal  ends the watching; there is no other end.
   */
  async until(
    id: string,
    isDone: (server: Server | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<Server | undefined> {
    this.#watching++;
    try {
      for (let isFirst = true; ; isFirst = false) {
        const seen = await this.#look(id, isFirst, signal);
        if (seen !== unknown && isDone(seen)) return seen;
        const intoBeat = (this.#clock.elapsed() - this.#startedAt) % beatMs;
        await sleep(this.#clock, beatMs - intoBeat, signal);
      }
    } finally {
      this.#watching--;
    }
  }

  async #look(id: string, isFirst: boolean, signal: AbortSignal): Promise<Server | undefined | typeof unknown> {
    try {
      const listed = isFirst || this.#watching <= mostSingle ? undefined : (await this.#listed(signal)).get(id);
      return listed ?? (await this.#cloud.server(id, signal)); // what a list lacks is gone only when Nova says so
    } catch (error) {
      const mayPass = isAbort(error) || (error instanceof AutoscalerError && error.retryable); // a list ends with another's signal
      if (signal.aborted || !mayPass) throw error;
      return unknown;
    }
  }

  /** One list for all who look in the same beat. */
  #listed(signal: AbortSignal): Promise<ReadonlyMap<string, Server>> {
    const now = this.#clock.elapsed();
    if (this.#list !== undefined && now - this.#list.at < beatMs / 2) return this.#list.servers;
    const servers = this.#cloud
      .servers(this.#tag, signal)
      .then((all) => new Map(all.map((server) => [server.id, server])));
    this.#list = { at: now, servers };
    return servers;
  }
}

const unknown = Symbol('unknown');
