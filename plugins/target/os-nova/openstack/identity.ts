/** Keystone: finds its v3, and logs in. Source: spec os-nova.md §3. */
import {
  type Fetch,
  type HttpAnswer,
  type HttpService,
  openHttpService,
  type PluginWorld,
  type TlsMaterial,
} from 'nomad-autoscaler/sdk';
import { readBody } from './answer.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import { type Login, type Scope, secretOf, unusable } from './credentials.ts';
import { refused } from './error.ts';
import { persistent } from './retry.ts';

/** How services are connected to. */
export interface Way {
  readonly tls: TlsMaterial;
  /** In place of sockets. */
  readonly fetch?: Fetch;
}

/** What a login gives. Times are on the clock of this process. */
export interface Token {
  readonly id: string;
  /** Epoch ms; from then on a new one is better. */
  readonly renewAt: number;
  readonly expiresAt: number;
  readonly catalog: Catalog;
}

export interface Identity {
  /** One at a time. */
  logIn(signal: AbortSignal): Promise<Token>;
  close(): Promise<void>;
}

/** Go with every request, whatever the service. */
export const commonHeaders = { accept: 'application/json', 'user-agent': 'nomad-autoscaler' };

/** Stands where a secret was. */
export const redacted = '<redacted>';

/** Who opens a plugin waits for a minute at most, and is to hear what is wrong by then. */
const loginTimeoutMs = 20_000;
const patienceMs = 5_000;

/** Nothing is asked before the first login; without a version in the URL, Keystone is then asked for its versions. */
export function openIdentity(
  { root, version }: IdentityRoot,
  login: Login,
  scope: Scope | undefined,
  way: Way,
  world: PluginWorld,
): Identity {
  const open = (address: URL) => openHttpService({ address, timeoutMs: loginTimeoutMs, ...way }, world);
  let v3: Place | undefined;

  async function findV3(signal: AbortSignal): Promise<Place> {
    if (version !== undefined) {
      const url = new URL(`${version}/`, root);
      return { url, http: await open(url) };
    }
    const http = await open(root);
    try {
      const url = await newestVersion(http, root, world, signal);
      return { url, http: await open(url) };
    } finally {
      await http.close();
    }
  }

  return {
    async logIn(signal) {
      v3 ??= await findV3(signal);
      return logInAt(v3, login, scope, world, signal);
    },
    async close() {
      await v3?.http.close();
    },
  };
}

/** Where Keystone's v3 is. */
interface Place {
  /** Ends in a slash. */
  readonly url: URL;
  readonly http: HttpService;
}

/** Where Keystone is. */
export interface IdentityRoot {
  /** Without the version part; ends in a slash. */
  readonly root: URL;
  readonly version: 'v3' | undefined;
}

/**
 * @param authUrl  with or without `/v3`.
 * @throws         `openstack_request_failed` (usage) for a URL that is none, with the text of Go's HTTP client.
 */
export function identityRoot(authUrl: string): IdentityRoot {
  const whole = `${authUrl.replace(/\/+$/, '')}/`;
  const [, base = whole, version] = /^(.*\/)(v3|v2\.0)\/$/.exec(whole) ?? [];
  const root = URL.parse(base);
  if (root === null || !/^https?:$/.test(root.protocol)) {
    const scheme = root === null ? '' : root.protocol.replace(/:$/, '');
    const asked = version === undefined ? `Get "${whole}"` : `Post "${whole}auth/tokens"`;
    const hint = authUrl === '' ? '; auth_url is not set, nor OS_AUTH_URL' : '';
    throw unusable(`${asked}: unsupported protocol scheme ${JSON.stringify(scheme)}${hint}`);
  }
  if (version === 'v2.0') throw unusable(`${whole} is Keystone's version 2.0, which is no more; use ${base}v3`);
  return { root, version: version === undefined ? undefined : 'v3' };
}

/**
 * Compat: `versions.values[]` with one of three statuses. Its link is not followed: behind a proxy Keystone names a host and a
 * scheme that only it can reach.
 */
async function newestVersion(http: HttpService, root: URL, world: PluginWorld, signal: AbortSignal): Promise<URL> {
  const asked = `GET ${root.href}`;
  const answer = await persistent(
    world,
    { asked, repeats: 'always', patienceMs },
    (inner) => http.ask({ method: 'GET', path: '/', headers: commonHeaders }, inner),
    signal,
  );
  check(answer, asked, [200, 300], (text) => text);
  for (const version of readBody(answer.body).part('versions').parts('values', 'version')) {
    const isUsable = /^(current|stable|supported)$/i.test(version.text('status'));
    if (!isUsable || !version.text('id').startsWith('v3')) continue;
    return new URL('v3/', root);
  }
  throw unusable(`No supported version available from endpoint ${root.href}`);
}

async function logInAt(
  { url, http }: Place,
  login: Login,
  scope: Scope | undefined,
  world: PluginWorld,
  signal: AbortSignal,
): Promise<Token> {
  const askedAt = world.clock.now();
  const request = {
    method: 'POST',
    path: '/auth/tokens',
    headers: { ...commonHeaders, 'content-type': 'application/json' },
    body: JSON.stringify(loginBody(login, scope)),
    isRead: true,
  } as const;
  const asked = `POST ${url.href}auth/tokens`;
  const attempt = { asked, repeats: 'always', patienceMs } as const;
  const answer = await persistent(world, attempt, (inner) => http.ask(request, inner), signal);
  check(answer, asked, [201, 202], (text) => withoutSecret(text, login));
  const id = answer.headers['x-subject-token'];
  if (typeof id !== 'string') throw unusable(`${url.href} is no Keystone: its answer has no token`);
  const token = readBody(answer.body).part('token');
  const lifeMs = token.time('expires_at') - token.time('issued_at');
  return {
    id,
    // A token from a token ends with it, so there is nothing to gain.
    renewAt: login.method === 'token' ? Number.POSITIVE_INFINITY : askedAt + lifeMs - Math.min(lifeMs / 4, 120_000),
    expiresAt: askedAt + lifeMs,
    catalog: readCatalog(token.raw('catalog')),
  };
}

/** Should a proxy send back what it was sent. */
function withoutSecret(text: string, login: Login): string {
  const secret = secretOf(login);
  return text.replaceAll(secret, redacted).replaceAll(JSON.stringify(secret).slice(1, -1), redacted);
}

function check({ status, body }: HttpAnswer, asked: string, wanted: readonly number[], hide: (text: string) => string) {
  if (!wanted.includes(status)) throw refused({ asked, status, body: hide(body), wanted });
}

/** The body of `POST /v3/auth/tokens`. */
export function loginBody(login: Login, scope: Scope | undefined): object {
  return { auth: { identity: identityOf(login), ...(scope && { scope }) } };
}

function identityOf(login: Login): object {
  const methods = [login.method];
  if (login.method === 'token') return { methods, token: { id: login.token } };
  if (login.method === 'password') return { methods, password: { user: { ...login.user, password: login.password } } };
  return { methods, application_credential: { ...login.credential, secret: login.secret } };
}
