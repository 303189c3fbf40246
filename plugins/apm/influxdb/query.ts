/** Asks InfluxDB. Source: spec plugins.md §10; the texts are upstream's. */
import {
  AutoscalerError,
  type HttpAnswer,
  type HttpService,
  hiding,
  inContext,
  instantRefused,
  isInstant,
  isSuccess,
  type Metric,
  type PluginWorld,
  refusalText,
  statusFacts,
  type TimeRange,
} from 'nomad-autoscaler/sdk';
import { readAnswer } from './answer.ts';
import type { Auth, Settings } from './settings.ts';
import { signedToken } from './token.ts';

export interface Influxdb extends Settings {
  readonly service: HttpService;
}

/**
 * The query has to say itself which time it is about: the range only tells whether it is one instant.
 *
 * @returns every series that has points.
 * @throws  `influxdb_failed`, and what the way to InfluxDB throws.
 */
export async function queryInfluxdb(
  { address, database, auth, secrets, service }: Influxdb,
  query: string,
  range: TimeRange,
  { clock, log }: PluginWorld,
  signal: AbortSignal,
): Promise<readonly (readonly Metric[])[]> {
  if (isInstant(range)) throw instantRefused('influxdb');
  const path = pathOf(address, database, query);
  const proof = proofOf(auth, clock.now());
  const headers = proof === undefined ? {} : { authorization: `${proof.scheme} ${proof.text}` };
  const hide = hiding([...secrets, proof?.text]);
  const answer = await service.ask({ method: 'GET', path, headers }, signal).catch((cause: unknown) => {
    throw inContext('error querying metrics from influxdb', withHidden(cause, hide));
  });
  if (!isSuccess(answer)) throw refused(answer, hide);
  const series = readAnswer(answer, hide);
  if (series.length === 0) log.warn('empty time series response from influxdb, try a wider query window');
  return series;
}

function pathOf({ searchParams }: URL, database: string, query: string): string {
  const parameters = new URLSearchParams(searchParams);
  parameters.set('db', database);
  parameters.set('epoch', 's');
  parameters.set('q', query);
  parameters.sort();
  return `/query?${parameters}`;
}

interface Proof {
  readonly scheme: string;
  readonly text: string;
}

/** Who asks. A token is made anew for each request. */
function proofOf(auth: Auth, now: number): Proof | undefined {
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return { scheme: 'Basic', text: Buffer.from(`${auth.user}:${auth.password}`).toString('base64') };
    case 'token':
      return { scheme: 'Bearer', text: signedToken(auth.user, auth.secret, now) };
  }
}

/** Errors of the way show the URL, and with it what else the address holds. */
function withHidden(cause: unknown, hide: (text: string) => string): unknown {
  if (!(cause instanceof AutoscalerError)) return cause;
  const { code, message, blame, retryable } = cause;
  return new AutoscalerError(code, hide(message), { blame, retryable });
}

function refused(answer: HttpAnswer, hide: (text: string) => string): AutoscalerError {
  const { status } = answer;
  const text = `influxdb query failed with status ${status}: ${refusalText(answer, hide)}`;
  return new AutoscalerError('influxdb_failed', text, statusFacts(status));
}
