/** From settings to a way of asking one Prometheus. Source: spec plugins.md §8. */
import { readFile } from 'node:fs/promises';
import {
  explain,
  goBool,
  goBoolProblem,
  type HttpServiceOptions,
  hiding,
  inContext,
  mostSeriesBytes,
  type PluginWorld,
  shownAddress,
  type TlsMaterial,
  urlUser,
  usageError,
} from 'nomad-autoscaler/sdk';
import { type Ask, openAsk, timeoutMs } from './ask.ts';
import type { Config } from './config.ts';

export interface Prometheus {
  readonly ask: Ask;
  /** Takes the settings' secrets out of a text that somebody else wrote. */
  hide(text: string): string;
  close(): Promise<void>;
}

/** @throws `invalid_config` (usage) with upstream's texts. */
export async function connect(config: Config, world: PluginWorld): Promise<Prometheus> {
  const address = parseAddress(config.address);
  const tls = await tlsOf(config).catch((cause: unknown) => {
    throw inContext('failed to parse TLS configuration', cause);
  });
  const authorization = authorizationOf(config, address);
  const headers = { ...(authorization !== undefined && { authorization }), ...config.headers };
  const options: HttpServiceOptions = { address, headers, tls, timeoutMs, maxBytes: mostSeriesBytes };
  const { ask, close } = await openAsk(options, world);
  return {
    ask,
    close,
    hide: hiding([...Object.values(headers), config.basicAuthPassword, config.bearerToken]),
  };
}

function parseAddress(address: string): URL {
  const fail = (why: string) => usageError('invalid_config', `failed to initialize Prometheus client: ${why}`);
  const shown = shownAddress(address);
  if (/\p{Cc}/u.test(address)) {
    throw fail(`parse ${JSON.stringify(shown)}: net/url: invalid control character in URL`);
  }
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw fail(`parse ${JSON.stringify(shown)}: expected http://host:port or https://host:port`);
  }
  return url;
}

function authorizationOf(config: Config, address: URL): string | undefined {
  const { user, password } = urlUser(address);
  const { basicAuthUser = user, basicAuthPassword = password, bearerToken } = config;
  if (bearerToken !== undefined) return `Bearer ${bearerToken}`;
  if (basicAuthUser === '' && basicAuthPassword === '') return undefined;
  return `Basic ${Buffer.from(`${basicAuthUser}:${basicAuthPassword}`).toString('base64')}`;
}

async function tlsOf({ caCert, skipVerify }: Config): Promise<TlsMaterial> {
  return {
    ...(caCert === undefined ? {} : { ca: [await pem(caCert)] }),
    skipVerify: skipVerify !== undefined && readSkipVerify(skipVerify),
  };
}

async function pem(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw usageError('invalid_config', `failed to load CA certificate ${path}: ${explain(cause)}`);
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw usageError('invalid_config', `failed to decode PEM file ${path}`);
  }
  return text;
}

function readSkipVerify(text: string): boolean {
  const value = goBool(text);
  if (value !== undefined) return value;
  throw usageError('invalid_config', `failed to parse skip_verify value ${text}: ${goBoolProblem(text)}`);
}
