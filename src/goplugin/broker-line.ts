/** The stream on which both sides tell each other of further connections. Source: spec go-plugin.md §9.5. */
import { type Cancel, type Clock, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { AutoscalerError } from '../lib/error.ts';
import type { ConnInfo } from './generated/goplugin/broker.ts';

/** One end of the stream, whichever side this is. */
export interface InfoStream {
  on(event: 'data', listener: (info: ConnInfo) => void): unknown;
  on(event: 'end' | 'error' | 'close' | 'cancelled', listener: () => void): unknown;
  write(info: ConnInfo): unknown;
  end(): unknown;
}

/** How long a message is waited for, and how long one is kept that nobody asks for. */
export const brokerWaitMs = 5_000;

/** Sockets of the other side that are remembered. */
const mostSockets = 1_000;

interface Waiting {
  readonly id: number;
  readonly take: (info: ConnInfo) => void;
}

export class BrokerLine {
  /** Called for every knock of the other side, which wants its next stream to lead to the service of this number. */
  onKnock: (id: number) => void = () => undefined;
  /** Called for every answer to a knock that nobody waits for any more. */
  onLateAnswer: (info: ConnInfo) => void = () => undefined;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  readonly #waiting = new Set<Waiting>();
  readonly #kept = new Map<number, { readonly info: ConnInfo; readonly forget: Cancel }>();
  readonly #sockets = new Set<string>();
  #stream: InfoStream | undefined;
  #unsent: ConnInfo[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborts, with the error of every later use, when the stream has ended. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Paths of sockets that the other side told of, the latest ones. */
  get sockets(): readonly string[] {
    return [...this.#sockets];
  }

  /** Takes the stream of the one host; a second one is held open and has no effect. */
  attach(stream: InfoStream): void {
    stream.on('error', () => undefined); // `close` follows; every stop ends the stream this way
    stream.on('end', () => stream.end());
    if (this.#stream !== undefined || this.closed.aborted) {
      stream.on('data', () => undefined);
      return;
    }
    this.#stream = stream;
    stream.on('data', (info) => this.#receive(info));
    for (const event of ['end', 'error', 'close', 'cancelled'] as const) stream.on(event, () => this.close());
    for (const info of this.#unsent.splice(0)) stream.write(info);
  }

  /** What is sent before there is a stream waits for it. @throws `plugin_unavailable`, text `broker closed`. */
  send(info: Partial<ConnInfo> & Pick<ConnInfo, 'serviceId'>): void {
    this.closed.throwIfAborted();
    const whole = { network: '', address: '', knock: undefined, ...info };
    if (this.#stream === undefined) this.#unsent.push(whole);
    else this.#stream.write(whole);
  }

  /**
   * The other side's message of this number: where its service is, which it may have told up to 5 s ago, or its answer
   * to a knock.
   *
   * @param late  the text of the error when none comes in 5 s, code `deadline_exceeded`.
   */
  async take(id: number, late: string, signal?: AbortSignal): Promise<ConnInfo> {
    this.closed.throwIfAborted();
    const kept = this.#kept.get(id);
    if (kept !== undefined) {
      this.#drop(id);
      return kept.info;
    }
    const either = signal === undefined ? this.closed : AbortSignal.any([this.closed, signal]);
    let waiting: Waiting | undefined;
    try {
      return await withDeadline(this.#clock, brokerWaitMs, either, () => {
        return new Promise<ConnInfo>((take) => {
          waiting = { id, take };
          this.#waiting.add(waiting);
        });
      });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      throw new AutoscalerError('deadline_exceeded', late, { blame: 'remote', retryable: true });
    } finally {
      if (waiting !== undefined) this.#waiting.delete(waiting);
    }
  }

  close(): void {
    if (this.closed.aborted) return;
    this.#closed.abort(
      new AutoscalerError('plugin_unavailable', 'broker closed', { blame: 'remote', retryable: true }),
    );
    for (const id of [...this.#kept.keys()]) this.#drop(id);
    this.#stream?.end();
  }

  #drop(id: number): void {
    this.#kept.get(id)?.forget();
    this.#kept.delete(id);
  }

  #receive(info: ConnInfo): void {
    if (this.closed.aborted) return;
    const { serviceId: id, network, address, knock } = info;
    if (knock?.knock === true && !knock.ack) {
      this.onKnock(id);
      return;
    }
    if (network === 'unix') remember(this.#sockets, address, mostSockets);
    for (const waiting of this.#waiting) {
      if (waiting.id !== id) continue;
      this.#waiting.delete(waiting);
      waiting.take(info);
      return;
    }
    if (knock?.ack === true) this.onLateAnswer(info);
    if (knock !== undefined || this.#kept.has(id)) return; // one place of each number is kept
    const forget = this.#clock.after(brokerWaitMs, () => this.#kept.delete(id));
    this.#kept.set(id, { info, forget });
  }
}

/** Adds to a set of at most so many, of which the oldest goes. */
export function remember<T>(set: Set<T>, value: T, most: number): void {
  set.delete(value);
  set.add(value);
  for (const oldest of set) {
    if (set.size <= most) break;
    set.delete(oldest);
  }
}
