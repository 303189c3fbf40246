/** Which proxy stands between us and a server. Pure. Compat: Go's `ProxyFromEnvironment`, which upstream goes by. */
import { BlockList, isIP } from 'node:net';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * @param env  `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, or the same in small letters.
 * @returns    the proxy's URL; undefined for a server that is asked directly, as every one on loopback is.
 */
export function proxyFor(server: URL, env: Env): string | undefined {
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = variable(env, name);
  if (proxy === '' || isDirect(server, variable(env, 'NO_PROXY'))) return undefined;
  return /^[a-z][\w+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

const variable = (env: Env, name: string): string => (env[name] || env[name.toLowerCase()] || '').trim();

function isDirect(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || covers('127.0.0.0/8', host) || host === '::1') return true;
  return noProxy.split(',').some((written) => {
    const rule = written.trim().toLowerCase();
    if (rule === '' || rule === '*') return rule === '*';
    if (rule.includes('/')) return covers(rule, host);
    const [, only = rule, itsPort] = /^(.*):(\d+)$/.exec(isIP(rule) === 6 ? '' : rule) ?? [];
    if (itsPort !== undefined && itsPort !== port) return false;
    return isNamed(only.replace(/^\[(.*)\]$/, '$1'), host);
  });
}

/** `.example.com` and `*.example.com` are what is below that name, `example.com` is the name as well. */
function isNamed(rule: string, host: string): boolean {
  const below = rule.replace(/^\*(?=\.)/, '');
  if (below.startsWith('.')) return host.endsWith(below);
  return host === below || (isIP(below) === 0 && host.endsWith(`.${below}`));
}

/** @param network  `10.0.0.0/8`. What is none covers nothing. */
function covers(network: string, host: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4');
  if (isIP(address) === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (isIP(address) === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family(address));
  return list.check(host, family(host));
}
