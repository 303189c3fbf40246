import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualAccount as account } from '../../../src/openstack-server/config.ts';
import { passwordLogin, testOpenStack } from '../../support/openstack-cloud.ts';

const zones = '/compute/v2.1/os-availability-zone';
const scope = { project: { id: account.projectId } };

const logins: Readonly<Record<string, object>> = {
  'user name with the name of its domain': passwordLogin().auth,
  'user ID, and the project by name': {
    identity: { methods: ['password'], password: { user: { id: account.userId, password: account.password } } },
    scope: { project: { name: account.projectName, domain: { id: account.domainId } } },
  },
  'application credential by ID': {
    identity: {
      methods: ['application_credential'],
      application_credential: credential({ id: account.applicationCredential.id }),
    },
  },
  'application credential by name': {
    identity: {
      methods: ['application_credential'],
      application_credential: credential({ name: account.applicationCredential.name, user: { id: account.userId } }),
    },
  },
};

function credential(who: object) {
  return { ...who, secret: account.applicationCredential.secret };
}

for (const [how, auth] of Object.entries(logins)) {
  test(`a login by ${how} gives a token that opens the services`, async () => {
    const { ask } = testOpenStack();
    const { status, headers, json } = await ask('POST', '/v3/auth/tokens', { auth });
    assert.equal(status, 201);
    assert.deepEqual(json.token.catalog.map(({ type }: { type: string }) => type).sort(), [
      ...['compute', 'identity', 'image', 'load-balancer', 'network'],
    ]);
    const token = headers.get('x-subject-token') ?? '';
    assert.equal((await ask('GET', zones, undefined, { 'x-auth-token': token })).status, 200);
  });
}

test('a token gets another one, which lives no longer; without a project it opens no service', async () => {
  const { ask, login, clock } = testOpenStack({ pace: { tokenMs: 60_000 } });
  const id = await login();
  await clock.advance(30_000);
  const identity = { methods: ['token'], token: { id } };
  const unscoped = await ask('POST', '/v3/auth/tokens', { auth: { identity } });
  assert.equal(unscoped.json.token.catalog, undefined);
  const closed = await ask('GET', zones, undefined, { 'x-auth-token': unscoped.headers.get('x-subject-token') ?? '' });
  assert.equal(closed.status, 401);
  const scoped = await ask('POST', '/v3/auth/tokens', { auth: { identity, scope } });
  assert.equal(Date.parse(scoped.json.token.expires_at), clock.now() + 30_000);
});

const strangers: Readonly<Record<string, object>> = {
  'a wrong password': passwordLogin('wrong').auth,
  'an unknown user': passwordLogin(account.password, 'nobody').auth,
  'another project': { ...passwordLogin().auth, scope: { project: { id: 'other' } } },
  'a wrong secret': {
    identity: {
      methods: ['application_credential'],
      application_credential: { id: account.applicationCredential.id, secret: 'wrong' },
    },
  },
  'an unknown token': { identity: { methods: ['token'], token: { id: 'other' } }, scope },
};

for (const [who, auth] of Object.entries(strangers)) {
  test(`a login with ${who} is refused`, async () => {
    const { ask } = testOpenStack();
    const { status, json } = await ask('POST', '/v3/auth/tokens', { auth });
    const message = 'The request you have made requires authentication.';
    assert.deepEqual([status, json], [401, { error: { code: 401, message, title: 'Unauthorized' } }]);
  });
}

test('a token is good for its time to the second, and no longer than it is wanted', async () => {
  const { ask, login, clock, cloud } = testOpenStack({ pace: { tokenMs: 60_000 } });
  const status = async () => (await ask('GET', zones)).status;
  assert.equal(await status(), 401);
  await login();
  await clock.advance(59_999);
  assert.equal(await status(), 200);
  await clock.advance(1);
  assert.equal(await status(), 401);
  await login();
  cloud.tokens.revokeAll();
  assert.equal(await status(), 401);
});

test('the root tells the version, and where it is, to anybody', async () => {
  const { ask } = testOpenStack();
  const { status, json } = await ask('GET', '/');
  assert.equal(status, 300);
  assert.equal(json.versions.values[0].status, 'stable');
  assert.equal(json.versions.values[0].links[0].href, 'http://openstack.test/v3/');
});

test('passwords are kept out of what is remembered of requests', async () => {
  const { login, cloud } = testOpenStack();
  await login();
  assert.doesNotMatch(JSON.stringify(cloud.requests), /testbed-secret/);
});
