/** Both ends of a broker inside this process. */
import { randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import type { TestContext } from 'node:test';
import { BrokerEnd, type BrokerTls } from '../../src/goplugin/broker.ts';
import { directConnections } from '../../src/goplugin/broker-direct.ts';
import { multiplexedConnections } from '../../src/goplugin/broker-multiplexed.ts';
import type { ListenOptions } from '../../src/goplugin/listener.ts';
import { Multiplexer } from '../../src/goplugin/multiplexer.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { tempFolder } from './goplugin.ts';

/** A listener per service, or one connection for all. */
export type BrokerMode = 'direct' | 'multiplexed';

export interface BrokerPair {
  readonly host: BrokerEnd;
  readonly plugin: BrokerEnd;
  /** Where both put their sockets. */
  readonly folder: string;
  /** Of the host, when there is one connection. */
  readonly multiplexer: Multiplexer;
  /** Opens the stream between the two, as a host does when its plugin has started. */
  attach(): void;
}

/** Two ends whose stream is not open yet. */
export function unattachedPair(
  t: Pick<TestContext, 'after'>,
  mode: BrokerMode,
  clock: Clock = systemClock,
  tls: readonly [BrokerTls | undefined, BrokerTls | undefined] = [undefined, undefined],
): BrokerPair {
  const folder = tempFolder(t);
  const where = placeFor(folder);
  const [near, far] = duplexPair();
  const end = (multiplexer: Multiplexer, keys: BrokerTls | undefined) =>
    new BrokerEnd(clock, keys, (line) =>
      mode === 'direct' ? directConnections(line, where) : multiplexedConnections(line, multiplexer, where, clock),
    );
  const [ours, theirs] = [new Multiplexer(clock), new Multiplexer(clock)];
  void ours.carry(near, 'client');
  void theirs.carry(far, 'server');
  const [host, plugin] = [end(ours, tls[0]), end(theirs, tls[1])];
  t.after(() => {
    host.close();
    plugin.close();
    ours.close();
    theirs.close();
  });
  return {
    host,
    plugin,
    folder,
    multiplexer: ours,
    attach: () => {
      const [one, other] = duplexPair({ objectMode: true });
      host.attach(one);
      plugin.attach(other);
    },
  };
}

/** Two ends that hear each other. */
export function brokerPair(...args: Parameters<typeof unattachedPair>): BrokerPair {
  const pair = unattachedPair(...args);
  pair.attach();
  return pair;
}

export const placeFor = (tempDir: string): ListenOptions => ({
  network: 'unix',
  env: {},
  tempDir,
  platform: process.platform,
  random: randomBytes,
});
