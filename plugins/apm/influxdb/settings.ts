/** What the configuration comes to. Pure. Source: spec plugins.md §10; the texts are upstream's. */
import { httpAddress, isSecretKey, urlUser, usageError } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly user: string; readonly secret: string };

export interface Settings {
  /** Without a user and a password, wherever they were in it. */
  readonly address: URL;
  readonly database: string;
  readonly auth: Auth;
  /** What no text may show. */
  readonly secrets: readonly string[];
}

/** @throws `invalid_config` (usage) for the first rule that is broken. */
export function readSettings(config: Config): Settings {
  const trim = (text = '') => text.trim();
  const written = trim(config.address);
  if (written === '') throw invalid('address config value cannot be empty');
  const database = trim(config.database) || trim(config.db);
  if (database === '') throw invalid('database config value cannot be empty');
  const configured = authOf(trim(config.username), trim(config.password), trim(config.sharedSecret));
  checkVersion(trim(config.version));
  const { address, auth } = withoutCredentials(httpAddress('address', written), configured);
  return { address, database, auth, secrets: [...secretsOf(auth), ...secretParameters(address)] };
}

function authOf(user: string, password: string, secret: string): Auth {
  const wrong = (why: string) => invalid(`auth configuration error: ${why}`);
  if (secret !== '') {
    if (user === '') throw wrong('shared_secret requires username (used as the JWT username claim)');
    if (password === '') return { kind: 'token', user, secret };
    throw invalid('conflicting auth configuration: shared_secret cannot be used together with password');
  }
  if (user === '' && password === '') return { kind: 'none' };
  if (password === '') throw wrong('username requires password for Basic authentication');
  if (user === '') throw wrong('password requires username for Basic authentication');
  return { kind: 'basic', user, password };
}

function checkVersion(version: string): void {
  if (version === '2' || version === '3') {
    throw invalid(`influxdb version "${version}" is not yet supported: only version "1" is currently implemented`);
  }
  if (version !== '' && version !== '1') {
    throw invalid(`invalid influxdb version "${version}": only version "1" is supported`);
  }
}

/** User and password in the address count when there are no others. They are sent in a header, never in a URL. */
function withoutCredentials(written: URL, configured: Auth): Pick<Settings, 'address' | 'auth'> {
  const address = new URL(written);
  const inside = urlUser(address);
  const user = inside.user || (address.searchParams.get('u') ?? '');
  const password = inside.password || (address.searchParams.get('p') ?? '');
  address.username = '';
  address.password = '';
  address.searchParams.delete('u');
  address.searchParams.delete('p');
  const isUsed = configured.kind === 'none' && (user !== '' || password !== '');
  return { address, auth: isUsed ? { kind: 'basic', user, password } : configured };
}

function secretsOf(auth: Auth): readonly string[] {
  switch (auth.kind) {
    case 'none':
      return [];
    case 'basic':
      return [auth.password];
    case 'token':
      return [auth.secret];
  }
}

/** Kept, since a gateway may want them: `?api_key=…`; as they are and as they stand in a URL. */
const secretParameters = ({ searchParams }: URL): readonly string[] =>
  [...searchParams]
    .filter(([name]) => isSecretKey(name))
    .flatMap(([, value]) => [value, new URLSearchParams([['', value]]).toString().slice(1)]);

const invalid = (message: string) => usageError('invalid_config', message);
