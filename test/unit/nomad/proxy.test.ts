import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '../../../src/nomad/proxy.ts';

const proxy = 'http://proxy.example:3128';
const through = (server: string, env: Record<string, string>) => proxyFor(new URL(server), env);

test('each scheme has its variable, in capitals or small letters, with or without a scheme of its own', () => {
  assert.equal(through('http://nomad.example:4646', { HTTP_PROXY: proxy }), proxy);
  assert.equal(through('http://nomad.example', { http_proxy: proxy }), proxy);
  assert.equal(through('https://nomad.example', { HTTPS_PROXY: proxy }), proxy);
  assert.equal(through('https://nomad.example', { HTTP_PROXY: proxy }), undefined);
  assert.equal(through('http://nomad.example', { HTTP_PROXY: 'proxy.example:3128' }), proxy);
  assert.equal(through('http://nomad.example', { HTTP_PROXY: '', http_proxy: proxy }), proxy);
  assert.equal(through('http://nomad.example', {}), undefined);
});

test('loopback is never asked through a proxy', () => {
  for (const server of ['http://localhost:4646', 'http://127.0.0.1', 'http://127.9.9.9', 'http://[::1]:4646']) {
    assert.equal(through(server, { HTTP_PROXY: proxy }), undefined, server);
  }
});

test('NO_PROXY names hosts, what is below them, addresses, networks and ports', () => {
  const isDirect = (host: string, rules: string) =>
    through(`http://${host}`, { HTTP_PROXY: proxy, NO_PROXY: rules }) === undefined;
  const cases: readonly (readonly [host: string, rules: string, direct: boolean])[] = [
    ['nomad.example', '*', true],
    ['nomad.example', 'nomad.example', true],
    ['a.nomad.example', 'nomad.example', true],
    ['anomad.example', 'nomad.example', false],
    ['nomad.example', '.example', true],
    ['example', '.example', false],
    ['nomad.example', 'a, NOMAD.example ,b', true],
    ['nomad.example:4646', 'nomad.example:4646', true],
    ['nomad.example:4647', 'nomad.example:4646', false],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['[fd00::5]', 'fd00::/8', true],
    ['nomad.example', '10.0.0.0/99,nonsense/', false],
  ];
  for (const [host, rules, direct] of cases) assert.equal(isDirect(host, rules), direct, `${host} by ${rules}`);
});
