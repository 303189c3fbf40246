/** One address for all services, each below a path of its own; Keystone has the rest. */
import type { Service } from './http.ts';

export const roots: Readonly<Record<Service, string>> = {
  identity: '',
  compute: '/compute',
  image: '/image',
  network: '/network',
  'load-balancer': '/load-balancer',
};

export interface Rooted {
  readonly service: Service;
  /** What is left below the root of the service, without query. */
  readonly path: string;
  /** With its question mark; empty if there is none. */
  readonly query: string;
}

/** @param url  path and query. */
export function rootedAt(url: string): Rooted {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = url.slice(path.length);
  for (const service of ['compute', 'image', 'network', 'load-balancer'] as const) {
    const root = roots[service];
    if (path === root || path.startsWith(`${root}/`)) return { service, path: path.slice(root.length) || '/', query };
  }
  return { service: 'identity', path, query };
}
