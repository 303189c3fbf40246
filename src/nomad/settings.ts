/** How a Nomad is reached: from the environment, or from the `nomad_*` keys that plugins inherit. Source: spec agent.md §4 and §6, plugins.md §5. */
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { usageError } from '../lib/error.ts';
import { goBool } from '../lib/go-bool.ts';
import { shownAddress } from '../lib/secret.ts';
import { urlUser } from '../lib/url.ts';
import type { Strings } from './types.ts';

/** How to reach Nomad. */
export interface NomadSettings {
  /** `http://…`, `https://…` or `unix:///…`, as it was written. */
  readonly address: string;
  readonly region?: string;
  /** `*` reads all of them. */
  readonly namespace?: string;
  readonly token?: string;
  /** `user` or `user:password`. */
  readonly httpAuth?: string;
  readonly tls: TlsFiles;
  /** How long Nomad may hold a blocking query; 0 leaves it to Nomad. */
  readonly waitMs: number;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly caCert?: string;
  /** A folder of them. */
  readonly caPath?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly serverName?: string;
  readonly skipVerify?: boolean;
}

const defaultAddress = 'http://127.0.0.1:4646';
const defaultWaitMs = 300_000;

/** The keys of a plugin's configuration, in upstream's mixture of `_` and `-`. */
export const configKeys = {
  address: 'nomad_address',
  region: 'nomad_region',
  namespace: 'nomad_namespace',
  token: 'nomad_token',
  httpAuth: 'nomad_http-auth',
  caCert: 'nomad_ca-cert',
  caPath: 'nomad_ca-path',
  clientCert: 'nomad_client-cert',
  clientKey: 'nomad_client-key',
  serverName: 'nomad_tls-server-name',
  skipVerify: 'nomad_skip-verify',
  wait: 'nomad_block-query-wait-time',
} as const;

/** Settings as somebody wrote them; empty counts as missing. `skipVerify` is a Go boolean, `wait` a Go duration. */
export type SettingTexts = Readonly<Partial<Record<keyof typeof configKeys, string | undefined>>>;

/** Compat: a bad boolean is false and a bad duration 0, in silence. */
export function settingsFromTexts(texts: SettingTexts): NomadSettings {
  const { address, skipVerify, wait } = texts;
  return {
    address: address || defaultAddress,
    ...given({ region: texts.region, namespace: texts.namespace, token: texts.token, httpAuth: texts.httpAuth }),
    tls: {
      ...given({
        caCert: texts.caCert,
        caPath: texts.caPath,
        clientCert: texts.clientCert,
        clientKey: texts.clientKey,
        serverName: texts.serverName,
      }),
      ...(goBool(skipVerify ?? '') ? { skipVerify: true } : {}),
    },
    waitMs: waitOf(wait),
  };
}

/** What Nomad's own client takes from the environment, and its defaults. */
export function settingsFromEnv(env: Readonly<Record<string, string | undefined>>): NomadSettings {
  const settings = settingsFromTexts({
    address: env['NOMAD_ADDR'],
    region: env['NOMAD_REGION'],
    namespace: env['NOMAD_NAMESPACE'],
    token: env['NOMAD_TOKEN'],
    httpAuth: env['NOMAD_HTTP_AUTH'],
    caCert: env['NOMAD_CACERT'],
    caPath: env['NOMAD_CAPATH'],
    clientCert: env['NOMAD_CLIENT_CERT'],
    clientKey: env['NOMAD_CLIENT_KEY'],
    serverName: env['NOMAD_TLS_SERVER_NAME'],
    skipVerify: env['NOMAD_SKIP_VERIFY'],
  });
  return { ...settings, waitMs: defaultWaitMs };
}

/** The `nomad_*` keys of settings: what plugins inherit. The address stays as it was written, a socket's too. */
export function settingsToConfig(settings: NomadSettings): Strings {
  const { tls } = settings;
  return given({
    [configKeys.address]: settings.address,
    [configKeys.region]: settings.region,
    [configKeys.namespace]: settings.namespace,
    [configKeys.token]: settings.token,
    [configKeys.httpAuth]: settings.httpAuth,
    [configKeys.caCert]: tls.caCert,
    [configKeys.caPath]: tls.caPath,
    [configKeys.clientCert]: tls.clientCert,
    [configKeys.clientKey]: tls.clientKey,
    [configKeys.serverName]: tls.serverName,
    [configKeys.skipVerify]: tls.skipVerify ? 'true' : undefined,
    [configKeys.wait]: settings.waitMs > 0 ? formatDuration(settings.waitMs) : undefined,
  });
}

function waitOf(text: string | undefined): number {
  try {
    return text ? Math.max(0, Math.trunc(parseDuration(text))) : 0;
  } catch {
    return 0; // Compat: a bad duration is passed over in silence.
  }
}

function given<K extends string>(values: Readonly<Record<K, string | undefined>>): { readonly [P in K]?: string } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries) as { readonly [P in K]?: string }; // K are the keys of `values`
}

/** Where an address leads. */
export interface Endpoint {
  /** `http://127.0.0.1:4646`, without user, path or trailing slash. */
  readonly origin: string;
  readonly socketPath?: string;
  /** Decoded, from the address itself; counts before `httpAuth`. */
  readonly user?: string;
  readonly password?: string;
}

/** @throws `invalid_address` (usage). Compat: a path in the address is left out, as Nomad's client does. */
export function parseAddress(address: string): Endpoint {
  const shown = shownAddress(address);
  const invalid = (why: string) => usageError('invalid_address', `invalid address '${shown}': ${why}`);
  if (address.startsWith('unix://')) {
    const socketPath = address.slice('unix://'.length);
    if (socketPath === '') throw invalid('path of the socket is missing');
    return { origin: 'http://127.0.0.1', socketPath };
  }
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw invalid('expected http://host:port, https://host:port or unix:///path');
  }
  if (url.username === '' && url.password === '') return { origin: url.origin };
  return { origin: url.origin, ...urlUser(url) };
}
