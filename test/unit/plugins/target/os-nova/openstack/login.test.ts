/** Logging in: who, where, and how often. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../../../../support/nomad.ts';
import {
  base,
  goodSettings,
  loginReply,
  novaServer,
  onTime,
  openScript,
  whyNotOpen,
} from '../../../../../support/openstack-script.ts';

const tokens = 'POST :5000/v3/auth/tokens';
const detail = 'GET :8774/v2.1/servers/detail';
const noServers = { body: { servers: [] } };
const expired = { status: 401, body: { error: { code: 401, message: 'expired' } } };
const { auth_url: authUrl } = goodSettings as { auth_url: string };

/** The `auth` of the first login. */
async function authOf(settings: Readonly<Record<string, string>>, env = {}): Promise<unknown> {
  const { to } = await openScript({}, { settings, env });
  const [login] = to('POST', '/auth/tokens');
  assert.ok(login);
  return (login.body as { auth: unknown }).auth;
}

test('os-nova #7: a URL with its version is taken as it is', async () => {
  const { seen } = await openScript();
  const keystone = seen.filter(({ url }) => url.includes(':5000')).map(({ method, url }) => `${method} ${url}`);
  assert.deepEqual(keystone, [`POST ${base}:5000/v3/auth/tokens`]);
});

test('os-nova #8: without a version Keystone is asked, and its v3 is taken, at the host that is known to be reached', async () => {
  const version = (id: string, status: string, href: string) => ({ id, status, links: [{ rel: 'self', href }] });
  const { seen } = await openScript(
    {
      'GET :5000/identity/': [
        {
          status: 300,
          body: {
            versions: {
              values: [
                version('v2.0', 'deprecated', `${base}:5000/identity/v2.0/`),
                version('v3.14', 'stable', 'http://keystone.inside:35357/v3/'),
              ],
            },
          },
        },
      ],
      'POST :5000/identity/v3/auth/tokens': [loginReply()],
    },
    { settings: { ...goodSettings, auth_url: `${base}:5000/identity` } },
  );
  const keystone = seen.filter(({ url }) => url.includes(':5000')).map(({ method, url }) => `${method} ${url}`);
  assert.deepEqual(keystone, [`GET ${base}:5000/identity/`, `POST ${base}:5000/identity/v3/auth/tokens`]);
});

test('a Keystone without v3 is refused', async () => {
  const values = [{ id: 'v2.0', status: 'stable', links: [{ rel: 'self', href: `${base}:5000/v2.0/` }] }];
  const scripts = { 'GET :5000/': [{ status: 300, body: { versions: { values } } }] };
  assert.equal(
    await whyNotOpen(scripts, { settings: { ...goodSettings, auth_url: `${base}:5000` } }),
    `failed to authenticate with OS: No supported version available from endpoint ${base}:5000/`,
  );
  const old = await whyNotOpen({}, { settings: { ...goodSettings, auth_url: `${base}:5000/v2.0/` } });
  assert.match(old, /^failed to authenticate with OS: .*version 2\.0, which is no more/);
});

test('os-nova #9: a wrong password says so without showing one', async () => {
  const body = { error: { code: 401, message: 'no user with password hunter2-secret' } };
  const why = await whyNotOpen({ [tokens]: [{ status: 401, body }] });
  assert.equal(
    why,
    `failed to authenticate with OS: Expected HTTP response code [201 202] when accessing [POST ${base}:5000/v3/auth/tokens], ` +
      'but got 401 instead: {"error":{"code":401,"message":"no user with password <redacted>"}}',
  );
});

test('a password is not shown as JSON writes it either', async () => {
  const password = 'a"quoted"one';
  const scripts = { [tokens]: [{ status: 400, body: { message: password } }] };
  const why = await whyNotOpen(scripts, { settings: { ...goodSettings, password } });
  assert.ok(why.endsWith('but got 400 instead: {"message":"<redacted>"}'), why);
  const plain = { [tokens]: [{ status: 400, body: `bad: ${password}` }] };
  assert.match(await whyNotOpen(plain, { settings: { ...goodSettings, password } }), /bad: <redacted>$/);
});

test('a Keystone that is away is tried again before the login fails, with the text of the last failure', async () => {
  const why = await whyNotOpen({ [tokens]: [new Error('connect: connection refused')] });
  assert.equal(why, `failed to authenticate with OS: Post "${base}:5000/v3/auth/tokens": connect: connection refused`);
  const { to, lines } = await openScript({ [tokens]: [new Error('EOF'), { status: 503 }, loginReply()] });
  assert.equal(to('POST', '/auth/tokens').length, 3);
  const told =
    'DEBUG : OpenStack is asked again after a pause request=POST http://cloud.test:5000/v3/auth/tokens pause_ms=750';
  assert.ok(lines().includes(`${told} reason=status 503`));
});

test('os-nova #82: without a URL, or with something that is none, nothing is asked', async () => {
  const { auth_url: _, ...rest } = goodSettings;
  assert.equal(
    await whyNotOpen({}, { settings: rest }),
    'failed to authenticate with OS: Get "/": unsupported protocol scheme ""; auth_url is not set, nor OS_AUTH_URL',
  );
  assert.equal(
    await whyNotOpen({}, { settings: { auth_url: 'x' } }),
    'failed to authenticate with OS: Get "x/": unsupported protocol scheme ""',
  );
  assert.equal(
    await whyNotOpen({}, { settings: { auth_url: 'ftp://x/v3' } }),
    'failed to authenticate with OS: Post "ftp://x/v3/auth/tokens": unsupported protocol scheme "ftp"',
  );
  const broken = await whyNotOpen({}, { settings: { ...goodSettings, auth_url: 'http://root:pw-of-root@[::1' } });
  assert.equal(broken, 'failed to create OS client: parse "http://<redacted>@[::1": no URL');
});

test('os-nova #83: a user name without a domain is refused before anything is sent', async () => {
  const { domain_name: _, ...rest } = goodSettings;
  assert.equal(
    await whyNotOpen({}, { settings: rest }),
    'failed to authenticate with OS: You must provide exactly one of DomainID or DomainName to authenticate by Username',
  );
});

test('os-nova #14: the project’s ID counts before its name', async () => {
  const user = { name: 'scaler', domain: { name: 'Default' }, password: 'hunter2-secret' };
  assert.deepEqual(await authOf({ ...goodSettings, project_name: 'other' }), {
    identity: { methods: ['password'], password: { user } },
    scope: { project: { id: 'p-1' } },
  });
});

test('os-nova #15: a project by name is one of the domain', async () => {
  const { project_id: _, ...rest } = goodSettings;
  const auth = await authOf({ ...rest, project_name: 'stage' });
  assert.deepEqual((auth as { scope: unknown }).scope, { project: { name: 'stage', domain: { name: 'Default' } } });
  const apart = await authOf({ ...rest, project_name: 'stage', project_domain_name: 'Projects' });
  assert.deepEqual((apart as { scope: unknown }).scope, { project: { name: 'stage', domain: { name: 'Projects' } } });
});

test('application credentials, tokens, the whole system and no scope at all', async () => {
  const secret = 'cloud-secret';
  const byId = { application_credential_id: 'ac-1', application_credential_secret: secret };
  assert.deepEqual(await authOf({ auth_url: authUrl, ...byId, project_id: 'p-1' }), {
    identity: { methods: ['application_credential'], application_credential: { id: 'ac-1', secret } },
  });
  const byName = { application_credential_name: 'scaler-ac', application_credential_secret: secret };
  assert.deepEqual(await authOf({ auth_url: authUrl, ...byName, username: 'scaler', domain_name: 'Default' }), {
    identity: {
      methods: ['application_credential'],
      application_credential: { name: 'scaler-ac', user: { name: 'scaler', domain: { name: 'Default' } }, secret },
    },
  });
  assert.deepEqual(await authOf({ auth_url: authUrl, token: 'tok-en', project_id: 'p-1' }), {
    identity: { methods: ['token'], token: { id: 'tok-en' } },
    scope: { project: { id: 'p-1' } },
  });
  const byUserId = { auth_url: authUrl, user_id: 'u-1', password: 'pw' };
  const identity = { methods: ['password'], password: { user: { id: 'u-1', password: 'pw' } } };
  assert.deepEqual(await authOf(byUserId), { identity });
  assert.deepEqual(await authOf({ ...byUserId, system_scope: 'all' }), { identity, scope: { system: { all: true } } });
});

test('os-nova #58: a token that is no longer taken is renewed once, and the request repeated', async () => {
  const { cloud, to } = await openScript({
    [tokens]: [loginReply('token-1'), loginReply('token-2')],
    [detail]: ({ headers }) => (headers['x-auth-token'] === 'token-1' ? expired : noServers),
  });
  assert.deepEqual(await cloud.servers('na_pool:p', never), []);
  assert.deepEqual(
    to('GET', '/servers/detail').map(({ headers }) => headers['x-auth-token']),
    ['token-1', 'token-2'],
  );
  await cloud.servers('na_pool:p', never);
  assert.equal(to('POST', '/auth/tokens').length, 2);
});

test('twenty calls that are refused at once make one login', async () => {
  const { cloud, to } = await openScript({
    [tokens]: [loginReply('token-1'), loginReply('token-2')],
    [detail]: ({ headers }) => (headers['x-auth-token'] === 'token-1' ? expired : noServers),
  });
  await Promise.all(Array.from({ length: 20 }, () => cloud.servers('na_pool:p', never)));
  assert.equal(to('POST', '/auth/tokens').length, 2);
});

test('a refusal that comes late, when there is a new token already, makes no other login', async () => {
  let late: (() => void) | undefined;
  const { cloud, to } = await openScript({
    [tokens]: [loginReply('token-1'), loginReply('token-2'), loginReply('token-3')],
    [detail]: async ({ headers, query }) => {
      if (headers['x-auth-token'] !== 'token-1') return noServers;
      if (query['tags'] === 'slow') await new Promise<void>((resolve) => (late = resolve));
      return expired;
    },
  });
  const slow = cloud.servers('slow', never);
  await cloud.servers('na_pool:p', never);
  late?.();
  assert.deepEqual(await slow, []);
  assert.equal(to('POST', '/auth/tokens').length, 2);
});

test('one that waits for a login may give up without ending it for the others', async () => {
  const { cloud, world, to } = await openScript({
    [tokens]: [loginReply('token-1'), new Error('EOF'), loginReply('token-2')],
    [detail]: ({ headers }) => (headers['x-auth-token'] === 'token-1' ? expired : noServers),
  });
  const impatient = new AbortController();
  const first = cloud.servers('na_pool:p', impatient.signal);
  const second = cloud.servers('na_pool:p', never);
  await world.clock.advance(0);
  impatient.abort(new Error('enough'));
  await assert.rejects(first, /enough/);
  assert.deepEqual(await onTime(world.clock, second), []);
  assert.equal(to('POST', '/auth/tokens').length, 3);
});

test('who gave up before a login that then fails leaves nothing unheard behind', async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  const { cloud, world, to } = await openScript({ [tokens]: [loginReply('token-1'), { status: 401, body: {} }] });
  await world.clock.advance(7_200_000);
  await assert.rejects(cloud.servers('na_pool:p', AbortSignal.abort()), { name: 'AbortError' });
  await world.clock.advance(0);
  assert.equal(to('POST', '/auth/tokens').length, 2);
  assert.deepEqual(unhandled, []);
});

test('a service that refuses every token, and a Keystone that gives no other one, say what happened', async () => {
  const stuck = await openScript({ [detail]: [expired] });
  const asked = `Expected HTTP response code [200 204 300] when accessing [GET ${base}:8774/v2.1/servers/detail?tags=na_pool%3Ap], but got 401 instead`;
  await assert.rejects(stuck.cloud.servers('na_pool:p', never), (error: Error) => {
    assert.equal(error.message, 'Successfully re-authenticated, but got error executing request');
    assert.match((error.cause as Error).message, new RegExp(asked.replace(/[[\]?.]/g, '\\$&')));
    return true;
  });
  assert.equal(stuck.to('GET', '/servers/detail').length, 2);

  const locked = await openScript({ [tokens]: [loginReply(), { status: 401, body: {} }], [detail]: [expired] });
  await assert.rejects(locked.cloud.servers('na_pool:p', never), /^\S+: Unable to re-authenticate: Expected .*401/);
});

test('a token is renewed ahead of its end, beside the calls and not in their way', async () => {
  const { cloud, to, world } = await openScript({
    [tokens]: [loginReply('token-1'), { status: 500 }, loginReply('token-2')],
    [detail]: [noServers],
  });
  const tokenOfNext = async () => {
    await cloud.servers('na_pool:p', never);
    return to('GET', '/servers/detail').at(-1)?.headers['x-auth-token'];
  };
  await world.clock.advance(3_600_000 - 130_000);
  assert.equal(await tokenOfNext(), 'token-1');
  assert.equal(to('POST', '/auth/tokens').length, 1);
  await world.clock.advance(15_000);
  assert.equal(await tokenOfNext(), 'token-1', 'the call does not wait');
  await world.clock.advance(0);
  assert.equal(await tokenOfNext(), 'token-1', 'a failed renewal leaves the old one');
  assert.equal(to('POST', '/auth/tokens').length, 2, 'and is not tried at each call');
  await world.clock.advance(16_000);
  await tokenOfNext();
  await world.clock.advance(0);
  assert.equal(await tokenOfNext(), 'token-2');
});

test('a token that has ended is not used', async () => {
  const { cloud, to, world } = await openScript({
    [tokens]: [loginReply('token-1'), loginReply('token-2')],
    [detail]: [{ body: { servers: [novaServer()] } }],
  });
  await world.clock.advance(7_200_000);
  await cloud.servers('na_pool:nom-pool', never);
  assert.deepEqual(
    to('GET', '/servers/detail').map(({ headers }) => headers['x-auth-token']),
    ['token-2'],
  );
});
