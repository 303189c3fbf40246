/** An OpenStack that says what it is told to, without a socket: every request is kept, every answer can be replaced. */

import type { Cloud } from '../../plugins/target/os-nova/cloud.ts';
import { cloudConfig } from '../../plugins/target/os-nova/config-cloud.ts';
import { openCloud } from '../../plugins/target/os-nova/openstack/open.ts';
import type { VirtualClock } from '../../src/lib/clock.ts';
import { explain } from '../../src/lib/error.ts';
import { parseStrings } from '../../src/schema/strings.ts';
import { type FakeWorld, fakeWorld, lineText } from './fakes.ts';
import { never } from './nomad.ts';

export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An answer; an Error breaks the connection, `undefined` is no answer at all until the request is given up. */
export type Reply =
  | { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | Error
  | undefined;

type Script = readonly Reply[] | ((seen: SeenRequest) => Reply | Promise<Reply>);

export const base = 'http://cloud.test';
const addresses = {
  compute: `${base}:8774/v2.1`,
  image: `${base}:9292`,
  network: `${base}:9696`,
  'load-balancer': `${base}:9876`,
};

/** A catalogue with these services in these regions, all interfaces alike. */
export function catalogOf(regions: readonly string[] = ['RegionOne'], services: object = addresses): object {
  return Object.entries(services).map(([type, url]) => ({
    type,
    endpoints: regions.flatMap((region) =>
      ['admin', 'internal', 'public'].map((one) => ({ interface: one, region, region_id: region, url })),
    ),
  }));
}

/** What Keystone answers to a login; the token's life is an hour unless said. */
export function loginReply(id = 'token-1', { catalog = catalogOf(), lifeMs = 3_600_000 } = {}): Reply {
  const issuedAt = Date.UTC(2026, 0, 1);
  return {
    status: 201,
    headers: { 'x-subject-token': id },
    body: {
      token: {
        issued_at: new Date(issuedAt).toISOString(),
        expires_at: new Date(issuedAt + lifeMs).toISOString(),
        catalog,
      },
    },
  };
}

export const versionsReply = (version: string): Reply => ({
  body: {
    versions: [
      { id: 'v2.0', status: 'SUPPORTED', version: '', min_version: '' },
      { id: 'v2.1', status: 'CURRENT', version, min_version: '2.1' },
    ],
  },
});

export const zonesReply = (...names: readonly string[]): Reply => ({
  body: { availabilityZoneInfo: names.map((zoneName) => ({ zoneName, zoneState: { available: true }, hosts: null })) },
});

/** A server as Nova lists it. */
export const novaServer = (more: object = {}): object => ({
  id: 'id-1',
  name: 'nom-1',
  status: 'ACTIVE',
  'OS-EXT-STS:task_state': null,
  'OS-EXT-AZ:availability_zone': 'az1',
  tags: ['na_pool:nom-pool'],
  metadata: {},
  created: '2026-01-01T00:00:00Z',
  updated: '2026-01-01T00:00:10Z',
  accessIPv4: '',
  addresses: {},
  ...more,
});

/**
 * @param scripts  by `GET :8774/v2.1/servers/detail`: answers one after the other, the last one for good, or a function.
 */
export function scriptedOpenStack(scripts: Readonly<Record<string, Script>> = {}) {
  const seen: SeenRequest[] = [];
  const all: Readonly<Record<string, Script>> = {
    'POST :5000/v3/auth/tokens': [loginReply()],
    'GET :8774/': [versionsReply('2.93')],
    'GET :8774/v2.1/os-availability-zone': [zonesReply('az1', 'az2')],
    ...scripts,
  };
  const asked = new Map<string, number>();

  async function fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const key = `${request.method} ${url.origin === base ? '' : `:${url.port}`}${url.pathname}`;
    const text = await request.text();
    const one: SeenRequest = {
      method: request.method,
      url: `${url.origin}${url.pathname}`,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(request.headers),
      body: text === '' ? undefined : JSON.parse(text),
    };
    seen.push(one);
    const times = asked.get(key) ?? 0;
    asked.set(key, times + 1);
    const script = all[key] ?? [{ status: 404, body: { message: `nothing at ${key}` } }];
    const reply = typeof script === 'function' ? await script(one) : script[Math.min(times, script.length - 1)];
    if (reply instanceof Error) throw reply;
    if (reply === undefined) {
      return new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true });
      });
    }
    const { status = 200, body, headers = {} } = reply;
    const hasBody = body !== undefined && status !== 204;
    return new Response(hasBody ? (typeof body === 'string' ? body : JSON.stringify(body)) : null, { status, headers });
  }

  return {
    fetch,
    seen,
    /** The requests with this method and end of the path. */
    to: (method: string, end: string) => seen.filter((one) => one.method === method && one.url.endsWith(end)),
  };
}

/** Settings that are enough. */
export const goodSettings: Readonly<Record<string, string>> = {
  auth_url: `${base}:5000/v3`,
  username: 'scaler',
  password: 'hunter2-secret',
  domain_name: 'Default',
  project_id: 'p-1',
};

export interface OpenedScript {
  readonly cloud: Cloud;
  readonly seen: readonly SeenRequest[];
  readonly world: FakeWorld & { readonly env: Readonly<Record<string, string>> };
  to(method: string, end: string): readonly SeenRequest[];
  /** The log, a line each. */
  lines(): readonly string[];
}

interface Start {
  readonly settings?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Opens the cloud of a script. */
export async function openScript(
  scripts: Readonly<Record<string, Script>> = {},
  { settings = goodSettings, env = {}, signal = never }: Start = {},
): Promise<OpenedScript> {
  const { fetch, seen, to } = scriptedOpenStack(scripts);
  const world = { ...fakeWorld(), env };
  const config = parseStrings(cloudConfig, settings, env);
  if (!config.ok) throw new Error(config.problems.map(({ detail }) => detail).join('; '));
  const cloud = await onTime(world.clock, openCloud(config.value, world, { fetch, signal }));
  return { cloud, seen, to, world, lines: () => world.lines.map(lineText) };
}

/** @returns why the cloud of a script does not open. */
export const whyNotOpen = (scripts?: Readonly<Record<string, Script>>, start?: Start): Promise<string> =>
  openScript(scripts, start).then(
    () => {
      throw new Error('it opened');
    },
    (error: unknown) => explain(error),
  );

/** Lets time pass until the work is done, an hour at most. */
export async function onTime<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  for (let seconds = 0; !isDone && seconds < 3600; seconds++) await clock.advance(1000);
  if (!isDone) throw new Error('it does not end within an hour');
  return work;
}
