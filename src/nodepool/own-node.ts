/**
 * The node that the autoscaler itself runs on, which it never removes. Source: spec cluster-scaling.md §9.
 *
 * Known only when the agent is an allocation of Nomad's (`NOMAD_ALLOC_ID`). While that allocation cannot be looked up,
 * no pool is scaled in: any node could be our own. Upstream gives the protection up instead.
 */
import { AutoscalerError } from '../lib/error.ts';
import { isJsonObject } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import { type NomadClient, segment } from '../nomad/client.ts';

/** The node that this process runs on, when it runs as an allocation. */
export class OwnNode {
  readonly #nomad: NomadClient;
  readonly #allocation: string | undefined;
  readonly #log: Logger;
  #id: string | undefined;

  /** @param allocation  `NOMAD_ALLOC_ID`; empty or undefined: the agent runs outside of Nomad. */
  constructor(nomad: NomadClient, allocation: string | undefined, log: Logger) {
    this.#nomad = nomad;
    this.#allocation = allocation || undefined;
    this.#log = log;
  }

  /** Looks it up ahead of need. Compat: a failure is only logged; it is looked up again when it is needed. */
  async prepare(signal: AbortSignal): Promise<void> {
    try {
      await this.id(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#log.error('failed to identify Nomad Autoscaler nodeID', { error });
    }
  }

  /**
   * @returns undefined when the agent runs outside of Nomad.
   * @throws  `own_node_unknown` (remote, retryable).
   */
  async id(signal: AbortSignal): Promise<string | undefined> {
    if (this.#allocation === undefined || this.#id !== undefined) return this.#id;
    try {
      const { value } = await this.#nomad.get(`/v1/allocation/${segment(this.#allocation)}`, {}, signal);
      const node = isJsonObject(value) ? value['NodeID'] : undefined;
      if (typeof node !== 'string' || node === '') throw new Error('the allocation names no node');
      this.#id = node;
      return node;
    } catch (cause) {
      if (signal.aborted) throw cause;
      const why = `cannot tell which node the autoscaler itself runs on (allocation ${this.#allocation}), so none is removed`;
      throw new AutoscalerError('own_node_unknown', why, { blame: 'remote', retryable: true, cause });
    }
  }
}
