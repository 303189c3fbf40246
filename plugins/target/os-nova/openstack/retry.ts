/** When a request is sent again, and when that would be wrong. Source: spec os-nova.md §10 (15). */
import { AutoscalerError, backoffMs, explain, type HttpAnswer, type PluginWorld, sleep } from 'nomad-autoscaler/sdk';

/**
 * `always`: a read, or a write that does the same when it happens twice. `if-refused`: a write that must not happen twice, sent
 * again only when the service says that it has not looked at it.
 */
export type Repeats = 'always' | 'if-refused';

/** What is sent. */
export interface Attempt {
  /** For the log: `GET http://127.0.0.1:8774/v2.1/servers` */
  readonly asked: string;
  readonly repeats: Repeats;
  /** No further try is begun later than this after the first. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 90_000;
const mostTries = 6;
const backoff = { firstMs: 500, longestMs: 10_000 };

/** Too many requests; a service that is away behind its proxy, or overloaded. */
const passing: Readonly<Record<Repeats, readonly number[]>> = {
  always: [429, 502, 503, 504],
  'if-refused': [429],
};

type Outcome = { readonly answer: HttpAnswer } | { readonly error: unknown };

/**
 * Sends until there is an answer that stands: a status that does not pass by itself, or an error that does not.
 *
 * @returns the last answer, also one that might have passed with more patience.
 */
export async function persistent(
  { clock, random, log }: Pick<PluginWorld, 'clock' | 'random' | 'log'>,
  { asked, repeats, patienceMs = usualPatienceMs }: Attempt,
  send: (signal: AbortSignal) => Promise<HttpAnswer>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const until = clock.now() + patienceMs;
  for (let failures = 1; ; failures++) {
    const outcome = await outcomeOf(send(signal));
    const pauseMs = Math.max(backoffMs(failures, backoff, random), askedPauseMs(outcome, clock.now()));
    const isLast = failures >= mostTries || clock.now() + pauseMs > until || signal.aborted;
    if (isLast || !mayPass(outcome, repeats)) {
      if ('answer' in outcome) return outcome.answer;
      throw outcome.error;
    }
    const reason = 'answer' in outcome ? `status ${outcome.answer.status}` : explain(outcome.error);
    log.debug('OpenStack is asked again after a pause', { request: asked, pause_ms: Math.round(pauseMs), reason });
    await sleep(clock, pauseMs, signal);
  }
}

const outcomeOf = (sent: Promise<HttpAnswer>): Promise<Outcome> =>
  sent.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );

function mayPass(outcome: Outcome, repeats: Repeats): boolean {
  if ('answer' in outcome) return passing[repeats].includes(outcome.answer.status);
  return repeats === 'always' && outcome.error instanceof AutoscalerError && outcome.error.retryable;
}

/** `Retry-After` in milliseconds: seconds, or a date. */
function askedPauseMs(outcome: Outcome, now: number): number {
  const text = 'answer' in outcome ? outcome.answer.headers['retry-after'] : undefined;
  if (typeof text !== 'string') return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Math.max(ms || 0, 0);
}
