/** From settings to a way of asking one Datadog site. Source: spec plugins.md §9. */
import {
  answeredWithin,
  type HttpAnswer,
  hiding,
  mostSeriesBytes,
  openHttpService,
  type PluginWorld,
  usageError,
} from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';
import { tokenBucket } from './limit.ts';

export interface Datadog {
  /** @param path  with its query. */
  get(path: string, signal: AbortSignal): Promise<HttpAnswer>;
  /** Takes the keys out of a text that somebody else wrote. */
  hide(text: string): string;
  close(): Promise<void>;
}

/** Compat: the sites that upstream's API client knows, and those that Datadog has opened since. */
const sites = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'datadoghq.eu',
  'ddog-gov.com',
  'us2.ddog-gov.com',
];

/** Where the API of a site answers. */
export const apiOf = (site: string): URL => new URL(`https://api.${site}`);

/** Compat: upstream's bound on one query, the wait for its limit included. */
const timeoutMs = 10_000;

/** @throws `invalid_config` (usage) for a limit that is no whole number and for keys that no header may hold. */
export async function connect(config: Config, world: PluginWorld, addressOf: typeof apiOf): Promise<Datadog> {
  const { ddApiKey, ddAppKey, ddApiRatePerSec, site } = config;
  const limit = readLimit(ddApiRatePerSec);
  const hide = hiding([ddApiKey, ddAppKey]);
  if (!sites.includes(site)) return { ...nowhere(site, world), hide };
  const headers = { 'DD-API-KEY': ddApiKey, 'DD-APPLICATION-KEY': ddAppKey, Accept: 'application/json' };
  const service = await openHttpService(
    { address: addressOf(site), headers, timeoutMs, maxBytes: mostSeriesBytes },
    world,
  );
  const get: Datadog['get'] = (path, signal) => service.ask({ method: 'GET', path }, signal);
  return { get: limit === undefined ? get : limited(get, limit, world), hide, close: service.close };
}

/** Compat: a site that nobody knows is no reason not to start; each query says it. */
function nowhere(site: string, { log }: PluginWorld): Pick<Datadog, 'get' | 'close'> {
  const why = `the variable site in the server URL has invalid value ${site}. Must be [${sites.join(' ')}]`;
  log.warn('unknown datadog site, every query will fail', { site });
  return { get: () => Promise.reject(usageError('invalid_config', why)), close: () => Promise.resolve() };
}

/** The text for a bad one is Go's. */
function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isNumber = /^[+-]?\d+$/.test(text);
  const limit = Number(text);
  if (isNumber && Number.isSafeInteger(limit)) return limit;
  const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: ${isNumber ? 'value out of range' : 'invalid syntax'}`;
  throw usageError('invalid_config', `invalid rate limiter value: ${text}, ${why}`);
}

/** Waits for the limit, and measures. Compat: the wait counts as part of the request; one without an answer is not counted. */
function limited(get: Datadog['get'], limit: number, { clock, telemetry }: PluginWorld): Datadog['get'] {
  const bucket = limit === -1 ? undefined : tokenBucket(clock, limit);
  const labels = { method: 'GET', source: 'datadog' };
  const requests = telemetry.counter('http.req', labels);
  const durations = telemetry.sample('http.dur', labels);
  return async (path, signal) => {
    const begunAt = clock.elapsed();
    try {
      return await answeredWithin(clock, timeoutMs, signal, async (inner) => {
        await bucket?.take(timeoutMs, inner);
        const answer = await get(path, inner);
        requests.add(1);
        return answer;
      });
    } finally {
      durations.observe(clock.elapsed() - begunAt);
    }
  };
}
