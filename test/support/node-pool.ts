/** A pool of three nodes of class `web` in an embedded Nomad on a virtual clock, and what scales it in. */
import { nodePoolFields } from '../../src/nodepool/config.ts';
import type { Machine } from '../../src/nodepool/identify.ts';
import { OwnNode } from '../../src/nodepool/own-node.ts';
import type { NodePoolParts } from '../../src/nodepool/parts.ts';
import type { ScaleInOrder } from '../../src/nodepool/scale-in.ts';
import { nomadClient } from '../../src/nomad/client.ts';
import { throughFetch } from '../../src/nomad/through-fetch.ts';
import type { HttpAnswer, HttpRequest } from '../../src/nomad/transport.ts';
import { block } from '../../src/schema/field.ts';
import { parseStrings } from '../../src/schema/strings.ts';
import { LogBook } from './goplugin.ts';
import { testNomad } from './nomad-server.ts';

export interface PoolOptions {
  /** Attribute by which each node tells its machine; a name that is left out tells none. */
  readonly machines?: Readonly<Record<string, string>>;
  /** Answers instead of Nomad, or before it does: undefined lets the request through. */
  readonly rule?: (request: HttpRequest) => HttpAnswer | undefined | Promise<undefined>;
  readonly allocation?: string;
}

/** Nomad wants whole UUIDs. @param name  `a`, `b` or `c`. */
export const idOf = (name: string): string => `${name.repeat(8)}-0000-4000-8000-00000000000${name}`;

export function testPool(options: PoolOptions = {}) {
  const { machines = { a: 'm-a', b: 'm-b', c: 'm-c' }, rule = () => undefined } = options;
  const nodes = ['a', 'b', 'c'].map((name) => {
    const machine = machines[name];
    return { id: idOf(name), name, nodeClass: 'web', ...(machine === undefined ? {} : { attributes: { machine } }) };
  });
  const nomad = testNomad({ nodes });
  const through = throughFetch((request) => nomad.server.fetch(request), 'http://nomad.test:4646');
  const requests: HttpRequest[] = [];
  const client = nomadClient(
    { address: 'http://nomad.test:4646', tls: {}, waitMs: 300_000 },
    async (request, signal) => {
      requests.push(request);
      return (await rule(request)) ?? (await through(request, signal));
    },
  );
  const log = new LogBook();
  const parts: NodePoolParts = {
    clock: nomad.clock,
    random: () => 0.5,
    log: log.root,
    nomad: client,
    ownNode: new OwnNode(client, options.allocation, log.root),
  };
  const writes = () =>
    requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  /** `a eligible`, `b ineligible`, `c draining`. */
  const states = () =>
    [...nomad.server.store.nodes()].map(
      ({ Name, Drain, SchedulingEligibility }) => `${Name} ${Drain ? 'draining' : SchedulingEligibility}`,
    );
  return { ...nomad, parts, log, requests, writes, states };
}

/** The target block of a policy for that pool. */
export function poolConfig(texts: Readonly<Record<string, string>> = {}) {
  const read = parseStrings(block(nodePoolFields), { node_class: 'web', ...texts });
  if (!read.ok) throw new Error(read.problems.map(({ detail }) => detail).join(', '));
  return read.value;
}

export const order = (count: number, more: Partial<ScaleInOrder> = {}): ScaleInOrder => ({
  config: poolConfig(),
  count,
  remoteIds: new Set(['m-a', 'm-b', 'm-c']),
  remoteIdOf: ({ Attributes }) => {
    const machine = Attributes['machine'];
    if (!machine) throw new Error('attribute "machine" not found');
    return machine;
  },
  meta: { pool: 'web' },
  ...more,
});

export const names = (machines: readonly Machine[]): readonly string[] => machines.map(({ node }) => node.Name);
