/**
 * Asks a target's plugin for many statuses over one stream. What is asked at about the same moment travels together; each
 * answer comes as soon as the plugin has it. Of a status that holds until the plugin says otherwise only that is asked, once
 * for all of them. A plugin without that service is asked for each status alone.
 */
import type * as grpc from '@grpc/grpc-js';
import type { Channel } from '../goplugin/channel.ts';
import { RpcError, status } from '../goplugin/status.ts';
import type { Clock } from '../lib/clock.ts';
import type { Awaitable, TargetSession } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import type { TargetStatus } from '../model/target.ts';
import { Confirmations } from './confirmations.ts';
import { wireError } from './convert.ts';
import {
  type Answer,
  type Answers,
  type Failure,
  type Questions,
  TargetStatusesService as Statuses,
} from './generated/extension/statuses.ts';
import type { StatusResponse } from './generated/plugins/target.ts';
import { numbers } from './numbers.ts';
import { statusFromWire } from './status.ts';

export type AskStatus = TargetSession['status'];

/** How long a question waits for others to go with it: those of policies whose ticks are due at the same time. */
const gatherMs = 1;

/** A target that was not asked about for so long is forgotten on both sides, until it is asked about again. */
const forgetAfterMs = 600_000;

/** A target that the plugin has been told of. */
interface Told {
  readonly id: number;
  readonly config: StringMap;
  /** The last status that the plugin sent. */
  known?: () => TargetStatus;
  /** The plugin will say when that ends to be its status. */
  holds: boolean;
  /** The last sweep before it was asked about. */
  sweep: number;
}

type Answered = Awaitable<TargetStatus | undefined>;

interface Waiting {
  readonly told: Told;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  readonly resolve: (status: Answered) => void;
  readonly reject: (error: unknown) => void;
}

type Draft = { -readonly [Key in keyof Questions]: Questions[Key] };

export class StatusAsker {
  readonly #channel: Pick<Channel, 'duplexStream'>;
  readonly #alone: AskStatus;
  readonly #clock: Clock;
  /** Decided by the first answer, for the life of the process. */
  #isRefused = false;
  #stream: grpc.ClientDuplexStream<Questions, Answers> | undefined;
  readonly #told = new Map<StringMap, Told>();
  readonly #toldById = new Map<number, Told>();
  /** By the number of the question. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #confirmations: Confirmations<Waiting>;
  /** What goes out next, and who waits for its confirmation. */
  #draft: Draft | undefined;
  #batch: Waiting[] | undefined;
  #targets = 0;
  #questions = 0;
  #sweeps = 0;
  #sweptAt: number;

  /** @param alone  asks for one status by a call of its own. */
  constructor(channel: Pick<Channel, 'duplexStream'>, alone: AskStatus, clock: Clock) {
    this.#channel = channel;
    this.#alone = alone;
    this.#clock = clock;
    this.#sweptAt = clock.now();
    this.#confirmations = new Confirmations(clock);
  }

  /** As a target's `status`: same answers, same errors. The signal takes back this question and no other. */
  readonly ask: AskStatus = (config, signal) => {
    if (this.#isRefused) return this.#alone(config, signal);
    if (signal.aborted) return Promise.reject(signal.reason);
    const told = this.#told.get(config);
    return told?.holds ? this.#recall(told, signal) : this.#ask(config, signal);
  };

  /**
   * Something was just done to the plugin or its targets: what it confirmed before counts no more.
   *
   * @param config  of the target that was written to: the next question is about its status itself.
   */
  doubt(config?: StringMap): void {
    this.#confirmations.doubt();
    const told = config && this.#told.get(config);
    if (told !== undefined) told.holds = false;
  }

  #ask(config: StringMap, signal: AbortSignal): Promise<TargetStatus | undefined> {
    return new Promise((resolve, reject) => {
      const draft = this.#open();
      const question = this.#questions;
      this.#questions = (question + 1) % numbers;
      const told = this.#tell(config, draft);
      draft.about.push(told.id);
      const onAbort = () => {
        this.#waiting.delete(question);
        this.#open().takenBack.push(question);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(question, { told, signal, onAbort, resolve, reject });
    });
  }

  /** At once when the plugin has confirmed of late that what holds does. An end comes unasked, so nothing is older than its way. */
  #recall(told: Told, signal: AbortSignal): Answered {
    told.sweep = this.#sweeps;
    if (!this.#confirmations.counts) return this.#confirm(told, signal);
    if (this.#confirmations.isDue) this.#nextBatch();
    return lastOf(told);
  }

  /** The plugin says first what has ended, and then that the rest holds: an answer is as fresh as that of a question. */
  #confirm(told: Told, signal: AbortSignal): Promise<TargetStatus | undefined> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#nextBatch().push({ told, signal, onAbort, resolve, reject });
    });
  }

  #nextBatch(): Waiting[] {
    if (this.#batch !== undefined) return this.#batch;
    const { number, waiting } = this.#confirmations.ask();
    this.#open().confirm = number;
    this.#batch = waiting;
    return waiting;
  }

  #tell(config: StringMap, draft: Draft): Told {
    let told = this.#told.get(config);
    if (told === undefined) {
      told = { id: this.#targets++, config, holds: false, sweep: this.#sweeps };
      this.#told.set(config, told);
      this.#toldById.set(told.id, told);
      draft.targets.push({ id: told.id, config: { ...config } });
    }
    told.sweep = this.#sweeps;
    return told;
  }

  #open(): Draft {
    if (this.#draft !== undefined) return this.#draft;
    const draft: Draft = { targets: [], first: this.#questions, about: [], takenBack: [], forgotten: [], confirm: 0 };
    this.#draft = draft;
    this.#clock.after(gatherMs, () => {
      if (this.#draft === draft) this.#send(draft);
    });
    return draft;
  }

  #send(draft: Draft): void {
    this.#draft = undefined;
    this.#batch = undefined;
    this.#forget(draft);
    try {
      this.#stream ??= this.#connect();
      this.#stream.write(draft);
    } catch {
      this.#end(); // the channel is closed, as each call of its own will tell
    }
  }

  #connect(): grpc.ClientDuplexStream<Questions, Answers> {
    const stream = this.#channel.duplexStream(Statuses.ask);
    stream.on('data', ({ answers, unchanged, holds, ended, confirmed }: Answers) => {
      for (const answer of answers) this.#take(answer);
      for (const question of unchanged) this.#settle(question, lastOf);
      for (const id of holds) this.#hold(id, true);
      for (const id of ended) this.#hold(id, false);
      if (confirmed !== 0) this.#settleConfirmed(confirmed);
    });
    stream.on('error', () => undefined); // the status says the same
    stream.on('status', ({ code }: grpc.StatusObject) => {
      this.#isRefused ||= code === status.unimplemented;
      if (this.#stream === stream) this.#end();
    });
    return stream;
  }

  #take({ question, target, status: found, failure }: Answer): void {
    if (found === undefined) {
      this.#settle(question, () => failed(failure));
      return;
    }
    const known = reading(found);
    // Later answers lead back to it, even if nobody waits for this one any more.
    const told = this.#toldById.get(target);
    if (told !== undefined) told.known = known;
    this.#settle(question, known);
  }

  #hold(target: number, holds: boolean): void {
    const told = this.#toldById.get(target);
    if (told !== undefined) told.holds = holds && told.known !== undefined;
  }

  #settle(question: number, answer: (told: Told) => TargetStatus | undefined): void {
    const waiting = this.#waiting.get(question);
    if (waiting === undefined) return; // it was taken back
    this.#waiting.delete(question);
    settle(waiting, answer);
  }

  /** What was confirmed is answered; what has ended meanwhile is asked for after all. */
  #settleConfirmed(confirmed: number): void {
    for (const waiting of this.#confirmations.take(confirmed)) {
      if (waiting.signal.aborted) continue;
      settle(waiting, (told) => (told.holds ? lastOf(told) : this.#ask(told.config, waiting.signal)));
    }
  }

  /** The stream is gone. Whoever still waits is asked for alone, and hears what is the matter if something is. */
  #end(): void {
    this.#stream = undefined;
    this.#draft = undefined;
    this.#batch = undefined;
    this.#told.clear();
    this.#toldById.clear();
    const left = [...this.#waiting.values(), ...this.#confirmations.end()];
    this.#waiting.clear();
    for (const waiting of left) {
      if (!waiting.signal.aborted) settle(waiting, ({ config }) => this.#alone(config, waiting.signal));
    }
  }

  #forget(draft: Draft): void {
    const now = this.#clock.now();
    if (now - this.#sweptAt < forgetAfterMs) return;
    this.#sweptAt = now;
    for (const told of this.#told.values()) {
      if (told.sweep === this.#sweeps) continue;
      this.#told.delete(told.config);
      this.#toldById.delete(told.id);
      draft.forgotten.push(told.id);
    }
    this.#sweeps++;
  }
}

function settle({ told, signal, onAbort, resolve, reject }: Waiting, answer: (told: Told) => Answered): void {
  signal.removeEventListener('abort', onAbort);
  try {
    resolve(answer(told));
  } catch (error) {
    reject(error);
  }
}

/** Reads it once, however often it is asked for. @throws `plugin_wire_invalid`, every time. */
function reading(found: StatusResponse): () => TargetStatus {
  let read: TargetStatus | undefined;
  return () => {
    read ??= statusFromWire(found);
    return read;
  };
}

function lastOf({ known }: Told): TargetStatus {
  if (known === undefined) throw wireError('an unchanged status of a target without one');
  return known();
}

/** @returns undefined when there is no such target. @throws `RpcError` as the call for this status alone would have. */
function failed(failure: Failure | undefined): undefined {
  if (failure === undefined) throw wireError('an answer with neither a status nor a failure');
  if (failure.code !== status.notFound) throw new RpcError(failure.code, failure.details);
  return undefined;
}
