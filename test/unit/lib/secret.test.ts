import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, inContext, usageError } from '../../../src/lib/error.ts';
import { hiding, isSecretKey, shownAddress, withoutSecrets, withoutUrlSecrets } from '../../../src/lib/secret.ts';

test('keys tell whether their values are secrets', () => {
  const secret = [
    'password',
    'nomad_token',
    'basic_auth_password',
    'nomad_http-auth',
    'header_Authorization',
    'api_key',
  ];
  for (const key of secret) assert.ok(isSecretKey(key), key);
  const open = ['Job', 'node_class', 'token_path', 'secret_name', 'password_file', 'query', 'target'];
  for (const key of open) assert.ok(!isSecretKey(key), key);
});

test('user and password are taken out of every URL, also when they hold an at sign', () => {
  for (const [text, shown] of [
    ['Get "http://root:hunter2@nomad:4646/v1/jobs": EOF', 'Get "http://<redacted>@nomad:4646/v1/jobs": EOF'],
    ['http://root:hunt@er2@nomad:4646', 'http://<redacted>@nomad:4646'],
    ['https://a:b@one, https://c:d@two', 'https://<redacted>@one, https://<redacted>@two'],
    ['taskgroup_avg_cpu/app/web@default', 'taskgroup_avg_cpu/app/web@default'],
    ['http://nomad/v1/job/web@1', 'http://nomad/v1/job/web@1'],
  ] as const) {
    assert.equal(withoutUrlSecrets(text), shown);
    assert.equal(withoutUrlSecrets(shown), shown);
  }
});

test('an address is shown without its user, also when it is no URL', () => {
  assert.equal(shownAddress('http://root:hunter2@nomad:4646/path'), 'http://<redacted>@nomad:4646/path');
  assert.equal(shownAddress('root:hunter2@nomad:4646'), '<redacted>@nomad:4646');
  assert.equal(shownAddress('http://root:hun\nter2@nomad'), 'http://<redacted>@nomad');
  assert.equal(shownAddress('unix:///run/nomad@1.sock'), 'unix:///run/nomad@1.sock');
});

test('a copy of a map is without them', () => {
  assert.deepEqual(withoutSecrets({ password: 'hunter2', auth_url: 'http://a:b@keystone/v3', Job: 'web' }), {
    password: '<redacted>',
    auth_url: 'http://<redacted>@keystone/v3',
    Job: 'web',
  });
});

test('an explained error shows no password of a URL, wherever in the chain it stands', () => {
  const inner = usageError('invalid_address', "invalid address 'ftp://root:hunter2@nomad'");
  assert.equal(explain(inContext('asking Nomad', inner)), "asking Nomad: invalid address 'ftp://<redacted>@nomad'");
});

test('known secrets are taken out of what somebody else wrote, as they are and as JSON has them', () => {
  const secret = 'pass"wo\\rd';
  const hide = hiding([secret, undefined, 'short', 'Bearer abc']);
  assert.equal(hide(`no: ${secret}, no: Bearer abc`), 'no: <redacted>, no: <redacted>');
  assert.equal(hide(JSON.stringify({ sent: secret })), '{"sent":"<redacted>"}');
  assert.equal(hide('a short text'), 'a short text');
});
