import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeQuery, urlUser } from '../../../src/lib/url.ts';

test('a value of a query is escaped as Go escapes it', () => {
  for (const [value, escaped] of [
    ['web-1.a_b~', 'web-1.a_b~'],
    ['a b&c=d/e', 'a%20b%26c%3Dd%2Fe'],
    ["it's (so) !*", 'it%27s%20%28so%29%20%21%2A'],
    ['grün', 'gr%C3%BCn'],
  ] as const) {
    assert.equal(escapeQuery(value), escaped);
  }
});

test('the user of a URL is decoded, and a lone percent sign is no reason to fail', () => {
  assert.deepEqual(urlUser(new URL('http://root:p%40ss@nomad:4646')), { user: 'root', password: 'p@ss' });
  assert.deepEqual(urlUser(new URL('http://root:100%@nomad:4646')), { user: 'root', password: '100%' });
  assert.deepEqual(urlUser(new URL('http://nomad:4646')), { user: '', password: '' });
});
