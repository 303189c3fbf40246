/** Further gRPC connections between a host and its plugin, in either direction. Source: spec go-plugin.md §9.5, §9.6. */
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../lib/clock.ts';
import { AutoscalerError } from '../lib/error.ts';
import { BrokerLine, type InfoStream } from './broker-line.ts';
import { type Channel, type ClientTls, openChannel } from './channel.ts';
import { openServer, type ServerTls } from './grpc-server.ts';
import type { Listening } from './listener.ts';
import type { Service } from './service.ts';

/**
 * Lets either side offer services to the other. An offer has a number, which travels in a message of the application;
 * the two directions count separately. Everything ends with the plugin.
 */
export interface Broker {
  /** A number for an offer, unused on this side. */
  nextId(): number;
  /**
   * Offers services under a number. The other side dials it once and may use that channel as it likes; where all share
   * one connection it may dial again.
   *
   * @throws `plugin_unavailable`, text `broker closed`, once the plugin has ended.
   */
  accept(id: number, services: readonly Service[], limits?: OfferLimits): Promise<Offer>;
  /**
   * Connects to what the other side offers under a number. The offer may come up to 5 s later or earlier.
   *
   * @throws `deadline_exceeded` when there is none; `plugin_unavailable`, text `broker closed`; the signal's reason.
   */
  dial(id: number, signal?: AbortSignal): Promise<Channel>;
}

export interface OfferLimits {
  /** Bytes; default 4 MiB, gRPC's own. -1 is no limit. */
  readonly largestRequest?: number;
}

export interface Offer {
  /** Withdraws it and cuts the connections to it. */
  close(): void;
}

/** Where something can be dialed. */
export interface Reached {
  readonly at: Listening;
  /** Takes back what was made in order to reach it. */
  close(): void;
}

/** How offers are made and reached: a listener each, or streams of one connection. */
export interface Connections {
  /** @returns how to withdraw it; the server itself is shut down by others. */
  offer(id: number, server: Server, credentials: ServerCredentials): Promise<() => void>;
  reach(id: number, signal: AbortSignal | undefined): Promise<Reached>;
}

/** Keys for both roles, since each side is client and server; those of the main connection. */
export type BrokerTls = Partial<ClientTls>;

/** One side's end. */
export class BrokerEnd implements Broker {
  readonly #clock: Clock;
  readonly #tls: BrokerTls | undefined;
  readonly #line: BrokerLine;
  readonly #connections: Connections;
  readonly #open = new Set<{ close(): void }>();
  #lastId = 0;

  constructor(clock: Clock, tls: BrokerTls | undefined, connections: (line: BrokerLine) => Connections) {
    this.#clock = clock;
    this.#tls = tls;
    this.#line = new BrokerLine(clock);
    this.#connections = connections(this.#line);
    this.#line.closed.addEventListener('abort', () => this.#closeAll(), { once: true });
  }

  /** Takes the stream that the host opens. When it ends the broker is closed for good. */
  attach(stream: InfoStream): void {
    this.#line.attach(stream);
  }

  /** Paths of sockets that the other side has offered; it removes them itself unless it was killed. */
  get sockets(): readonly string[] {
    return this.#line.sockets;
  }

  close(): void {
    this.#line.close();
  }

  nextId(): number {
    this.#lastId = (this.#lastId + 1) >>> 0;
    return this.#lastId;
  }

  async accept(id: number, services: readonly Service[], limits: OfferLimits = {}): Promise<Offer> {
    this.#line.closed.throwIfAborted();
    const { server, credentials } = await openServer(services, limits.largestRequest, serverTls(this.#tls));
    try {
      const withdraw = await this.#connections.offer(id, server, credentials);
      return this.#keep(() => {
        withdraw();
        server.forceShutdown();
      });
    } catch (error) {
      server.forceShutdown();
      throw error;
    }
  }

  async dial(id: number, signal?: AbortSignal): Promise<Channel> {
    const tls = clientTls(this.#tls);
    const reached = await this.#connections.reach(id, signal);
    const channel = await openChannel(reached.at, tls, this.#clock);
    const { close } = this.#keep(() => {
      channel.close();
      reached.close();
    });
    return { ...channel, close };
  }

  /** @returns what does this once, at the end of the broker at the latest. @throws when that has come. */
  #keep(end: () => void): Offer {
    const kept = {
      close: () => {
        if (this.#open.delete(kept)) end();
      },
    };
    if (this.#line.closed.aborted) end();
    this.#line.closed.throwIfAborted();
    this.#open.add(kept);
    return kept;
  }

  #closeAll(): void {
    for (const one of [...this.#open]) one.close();
  }
}

function clientTls(tls: BrokerTls | undefined): ClientTls | undefined {
  if (tls === undefined) return undefined;
  const { trusted } = tls;
  if (trusted === undefined) throw incomplete('trusted, to know the other side by');
  return { ...tls, trusted };
}

function serverTls(tls: BrokerTls | undefined): ServerTls | undefined {
  if (tls === undefined) return undefined;
  const { certificate, key } = tls;
  if (certificate === undefined || key === undefined) throw incomplete('certificate and key, to be known by');
  return { ...tls, certificate, key };
}

const incomplete = (what: string): AutoscalerError =>
  new AutoscalerError('plugin_failed', `brokered connections use the keys of tls, which lacks ${what}`, {
    blame: 'usage',
  });
