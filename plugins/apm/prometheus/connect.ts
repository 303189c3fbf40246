/** From settings to a way of asking one Prometheus. Source: spec plugins.md §8. */
import { readFile } from 'node:fs/promises';
import { explain, goBool, goBoolProblem, inContext, shownAddress, urlUser, usageError } from 'nomad-autoscaler/sdk';
import { type OpenTransport, openTransport, type TlsMaterial } from 'nomad-autoscaler/sdk/nomad';
import type { Config } from './config.ts';

export interface Prometheus {
  readonly send: OpenTransport['send'];
  /** What precedes `/api/v1/query`: the address' path, without a trailing slash. */
  readonly basePath: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Checks ask at the same moment only when their policies tick together, and those are spread. */
const connections = 8;

/** @throws `invalid_config` (usage) with upstream's texts. */
export async function connect(config: Config): Promise<Prometheus> {
  const address = parseAddress(config.address);
  const tls = await tlsOf(config).catch((cause: unknown) => {
    throw inContext('failed to parse TLS configuration', cause);
  });
  const transport = await openTransport({ origin: address.origin, tls, connections, heldConnections: 1 });
  return {
    send: transport.send,
    basePath: address.pathname.replace(/\/+$/, ''),
    headers: headersOf(config, address),
    close: () => transport.close(),
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

function headersOf(config: Config, address: URL): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const { user, password } = urlUser(address);
  const { basicAuthUser = user, basicAuthPassword = password } = config;
  if (basicAuthUser !== '' || basicAuthPassword !== '') {
    headers['authorization'] = `Basic ${Buffer.from(`${basicAuthUser}:${basicAuthPassword}`).toString('base64')}`;
  }
  for (const [name, value] of Object.entries(config.headers)) {
    // Said without the value, which may be a secret.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
      throw usageError('invalid_config', `"header_${name}": no header can have this name`);
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw usageError('invalid_config', `"header_${name}": the value holds a character that no header may hold`);
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
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
