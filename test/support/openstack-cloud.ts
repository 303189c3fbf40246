/** An OpenStack of memory on a virtual clock, spoken to without a socket. */
import { type VirtualClock, virtualClock } from '../../src/lib/clock.ts';
import { type OpenStackConfig, usual, usualAccount } from '../../src/openstack-server/config.ts';
import { type OpenStack, openStack } from '../../src/openstack-server/openstack.ts';
import type { Guests } from '../../src/openstack-server/servers.ts';
import { seededRandom } from '../../src/simulate/random.ts';

/** Where it is, for those who speak to it with an address. */
export const openStackUrl = 'http://openstack.test';

export interface CloudAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export interface TestOpenStack {
  readonly cloud: OpenStack;
  readonly clock: VirtualClock;
  /** Asks with the token of `login`, if there was one, and microversion 2.93. */
  readonly ask: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<CloudAnswer>;
  /** Logs in by password. @returns the token. */
  readonly login: () => Promise<string>;
}

export interface TestOpenStackOptions extends OpenStackConfig {
  readonly clock?: VirtualClock;
  readonly seed?: number;
  readonly guests?: Guests;
}

export function testOpenStack({ clock = virtualClock(), seed = 1, guests = {}, ...config }: TestOpenStackOptions = {}) {
  const cloud = openStack({ clock, random: seededRandom(seed), config, guests });
  let token: string | undefined;
  const ask: TestOpenStack['ask'] = async (method, path, body, headers = {}) => {
    const request = new Request(`${openStackUrl}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        'openstack-api-version': 'compute 2.93',
        ...(token === undefined ? {} : { 'x-auth-token': token }),
        ...headers,
      },
    });
    const response = await cloud.fetch(request);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  };
  const login = async () => {
    const { headers } = await ask('POST', '/v3/auth/tokens', passwordLogin());
    token = headers.get('x-subject-token') ?? '';
    return token;
  };
  return { cloud, clock, ask, login } satisfies TestOpenStack;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body that logs the usual account in. */
export function passwordLogin(password = usualAccount.password, name = usualAccount.userName) {
  const user = { name, domain: { name: usualAccount.domainName }, password };
  const identity = { methods: ['password'], password: { user } };
  return { auth: { identity, scope: { project: { id: usualAccount.projectId } } } };
}

/** The body that asks for a server of the pool `nom-pool`. */
export function newServer(name: string, more: object = {}) {
  return {
    server: {
      ...{ name, imageRef: usual.image.id, flavorRef: usual.flavor.id, networks: [{ uuid: usual.network.id }] },
      ...{ tags: ['nom-pool', 'na_pool:nom-pool'], ...more },
    },
  };
}
