/**
 * Asks a target's plugin for many statuses over one stream. What is asked at about the same moment travels together; each
 * answer comes as soon as the plugin has it. A plugin without that service is asked for each status alone.
 */
import type * as grpc from '@grpc/grpc-js';
import type { Channel } from '../goplugin/channel.ts';
import { RpcError, status } from '../goplugin/status.ts';
import type { Clock } from '../lib/clock.ts';
import type { TargetSession } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import type { TargetStatus } from '../model/target.ts';
import { wireError } from './convert.ts';
import {
  type Answer,
  type Answers,
  type Questions,
  TargetStatusesService as Statuses,
} from './generated/extension/statuses.ts';
import { statusFromWire } from './status.ts';

export type AskStatus = TargetSession['status'];

/** How long a question waits for others to go with it: those of policies whose ticks are due at the same time. */
const gatherMs = 1;

/** A target that was not asked about for so long is forgotten on both sides, until it is asked about again. */
const forgetAfterMs = 600_000;

const largestId = 2 ** 32;

/** A map of settings that the plugin has been told of. */
interface Told {
  readonly id: number;
  /** The last sweep before it was asked about. */
  sweep: number;
}

interface Waiting {
  readonly config: StringMap;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  readonly resolve: (status: TargetStatus | undefined | PromiseLike<TargetStatus | undefined>) => void;
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
  readonly #waiting = new Map<number, Waiting>();
  /** What goes out next. */
  #draft: Draft | undefined;
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
  }

  /** As a target's `status`: same answers, same errors. The signal takes back this question and no other. */
  readonly ask: AskStatus = (config, signal) => {
    if (this.#isRefused) return this.#alone(config, signal);
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      this.#questions = (this.#questions + 1) % largestId;
      const id = this.#questions;
      const draft = this.#open();
      draft.questions.push({ id, target: this.#tell(config, draft) });
      const onAbort = () => {
        this.#waiting.delete(id);
        this.#open().takenBack.push(id);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(id, { config, signal, onAbort, resolve, reject });
    });
  };

  #tell(config: StringMap, draft: Draft): number {
    let told = this.#told.get(config);
    if (told === undefined) {
      told = { id: this.#targets++, sweep: this.#sweeps };
      this.#told.set(config, told);
      draft.targets.push({ id: told.id, config: { ...config } });
    }
    told.sweep = this.#sweeps;
    return told.id;
  }

  #open(): Draft {
    if (this.#draft !== undefined) return this.#draft;
    const draft: Draft = { targets: [], questions: [], takenBack: [], forgotten: [] };
    this.#draft = draft;
    this.#clock.after(gatherMs, () => {
      if (this.#draft === draft) this.#send(draft);
    });
    return draft;
  }

  #send(draft: Draft): void {
    this.#draft = undefined;
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
    stream.on('data', ({ answers }: Answers) => {
      for (const answer of answers) this.#take(answer);
    });
    stream.on('error', () => undefined); // the status says the same
    stream.on('status', ({ code }: grpc.StatusObject) => {
      this.#isRefused ||= code === status.unimplemented;
      if (this.#stream === stream) this.#end();
    });
    return stream;
  }

  #take(answer: Answer): void {
    const { id } = answer;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return; // it was taken back
    this.#waiting.delete(id);
    waiting.signal.removeEventListener('abort', waiting.onAbort);
    try {
      waiting.resolve(statusOf(answer));
    } catch (error) {
      waiting.reject(error);
    }
  }

  /** The stream is gone. Whoever still waits is asked for alone, and hears what is the matter if something is. */
  #end(): void {
    this.#stream = undefined;
    this.#draft = undefined;
    this.#told.clear();
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { config, signal, onAbort, resolve, reject } of left) {
      signal.removeEventListener('abort', onAbort);
      try {
        resolve(this.#alone(config, signal));
      } catch (error) {
        reject(error);
      }
    }
  }

  #forget(draft: Draft): void {
    const now = this.#clock.now();
    if (now - this.#sweptAt < forgetAfterMs) return;
    this.#sweptAt = now;
    for (const [config, told] of this.#told) {
      if (told.sweep === this.#sweeps) continue;
      this.#told.delete(config);
      draft.forgotten.push(told.id);
    }
    this.#sweeps++;
  }
}

/** @throws `RpcError` as the call for this status alone would have. */
function statusOf({ status: found, failure }: Answer): TargetStatus | undefined {
  if (found !== undefined) return statusFromWire(found);
  if (failure === undefined) throw wireError('an answer with neither a status nor a failure');
  if (failure.code === status.notFound) return undefined;
  throw new RpcError(failure.code, failure.details);
}
