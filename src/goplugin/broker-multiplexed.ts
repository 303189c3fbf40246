/** Brokered connections as streams of the one connection: a knock, its answer, then the stream. Source: spec go-plugin.md §9.6. */
import type { Duplex } from 'node:stream';
import { unlessAborted } from '../lib/abort.ts';
import type { Cancel, Clock } from '../lib/clock.ts';
import { AutoscalerError, inContext } from '../lib/error.ts';
import type { Connections } from './broker.ts';
import { type BrokerLine, brokerWaitMs, remember } from './broker-line.ts';
import type { ListenOptions } from './listener.ts';
import type { Multiplexer, TakeStream } from './multiplexer.ts';
import { startRelay } from './relay.ts';

/** Numbers of withdrawn offers that are remembered, to answer a knock for one of them at once. */
const mostWithdrawn = 1_000;

/** @param where  the sockets by which gRPC's client is led to the streams are made. */
export function multiplexedConnections(
  line: BrokerLine,
  multiplexer: Multiplexer,
  where: ListenOptions,
  clock: Clock,
): Connections {
  const porter = new Porter(line, multiplexer, clock);
  return {
    async offer(id, server, credentials) {
      const injector = server.createConnectionInjector(credentials);
      return porter.offer(id, (stream) => injector.injectConnection(stream));
    },
    async reach(id, signal) {
      const open = (until?: AbortSignal) =>
        multiplexer.open(() => {
          until?.throwIfAborted(); // it had to wait for its turn
          return knock(line, id);
        });
      let first: Duplex | undefined = await unlessGivenUp(open(signal), signal);
      const relay = await startRelay(async () => {
        const stream = first ?? (await open()); // after a connection that was lost
        first = undefined;
        return stream;
      }, where);
      return {
        at: relay.at,
        close: () => {
          relay.close();
          first?.destroy();
        },
      };
    },
  };
}

/** Who gives up a dial is told at once; the knock runs its course, and the stream is not used. */
function unlessGivenUp(opening: Promise<Duplex>, signal: AbortSignal | undefined): Promise<Duplex> {
  if (signal === undefined) return opening;
  const unused = (stream: Duplex) => signal.aborted && stream.destroy();
  opening.then(unused, () => undefined); // whoever waits is told
  return unlessAborted(opening, signal);
}

async function knock(line: BrokerLine, id: number): Promise<void> {
  try {
    line.closed.throwIfAborted();
    const answered = line.take(id, `timeout waiting for multiplexing knock handshake on id ${id}`);
    line.send({ serviceId: id, knock: { knock: true, ack: false, error: '' } });
    const { knock: answer } = await answered;
    if (answer?.ack !== true) throw refused(`handshake failed for multiplexing on id ${id}; expected knock and ack`);
    if (answer.error !== '') throw refused(`failed to knock for id ${id}: ${answer.error}`);
  } catch (cause) {
    if (line.closed.aborted) throw cause;
    throw inContext('failed to knock before dialling client', cause);
  }
}

const refused = (message: string): AutoscalerError =>
  new AutoscalerError('plugin_failed', message, { blame: 'remote' });

/** Answers the knocks of the other side. */
class Porter {
  readonly #line: BrokerLine;
  readonly #multiplexer: Multiplexer;
  readonly #clock: Clock;
  readonly #offers = new Map<number, TakeStream>();
  readonly #withdrawn = new Set<number>();
  /** Knocks that came before their offer. */
  readonly #early = new Map<number, Cancel>();

  constructor(line: BrokerLine, multiplexer: Multiplexer, clock: Clock) {
    this.#line = line;
    this.#multiplexer = multiplexer;
    this.#clock = clock;
    line.onKnock = (id) => this.#hear(id);
    line.onLateAnswer = ({ knock: answer }) => {
      if (answer?.error === '') multiplexer.squander();
    };
    line.closed.addEventListener('abort', () => {
      for (const forget of this.#early.values()) forget();
    });
  }

  /** @returns how to withdraw it. */
  offer(id: number, take: TakeStream): () => void {
    this.#line.closed.throwIfAborted();
    this.#offers.set(id, take);
    if (this.#forget(id)) this.#letIn(id);
    return () => {
      if (this.#offers.get(id) !== take) return;
      this.#offers.delete(id);
      remember(this.#withdrawn, id, mostWithdrawn);
    };
  }

  /** A knock may overtake its offer. It is kept as long as somebody waits for the answer. */
  #hear(id: number): void {
    this.#forget(id);
    if (this.#offers.has(id)) this.#letIn(id);
    else if (this.#withdrawn.has(id)) this.#answer(id, `no listener for id ${id}`);
    else
      this.#early.set(
        id,
        this.#clock.after(brokerWaitMs, () => this.#early.delete(id)),
      );
  }

  #forget(id: number): boolean {
    this.#early.get(id)?.();
    return this.#early.delete(id);
  }

  #letIn(id: number): void {
    this.#multiplexer.reserve((stream) => {
      const take = this.#offers.get(id);
      if (take === undefined) stream.destroy();
      else take(stream);
    });
    this.#answer(id, '');
  }

  #answer(id: number, error: string): void {
    this.#line.send({ serviceId: id, knock: { knock: true, ack: true, error } });
  }
}
