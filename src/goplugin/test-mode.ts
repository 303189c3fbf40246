/** A plugin inside the process of a test: no cookie, no handshake, output stays where it is. Source: spec go-plugin.md §16. */
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { directConnections } from './broker-direct.ts';
import { HostStreams } from './control.ts';
import { type Environment, variables } from './environment.ts';
import { chooseVersion } from './handshake.ts';
import { grpcBind, listen } from './listener.ts';
import type { RandomBytes } from './mtls.ts';
import type { ReattachConfig } from './reattach.ts';
import { makeServer, type ServerOptions } from './server.ts';
import { OutputQueue } from './stdio.ts';
import { systemWorld } from './system.ts';

/** What a plugin in test mode needs of the world around it. */
export interface TestWorld {
  readonly clock: Clock;
  readonly log: Logger;
  readonly env: Environment;
  readonly pid: number;
  readonly platform: NodeJS.Platform;
  readonly randomBytes: RandomBytes;
  /** Where sockets go, unless the environment names a folder. */
  readonly tempDir: string;
}

export interface TestPlugin {
  /** For a `PluginClient`, whose `kill` leaves this plugin alone. */
  readonly reattach: ReattachConfig;
  /** Once the plugin has ended. */
  readonly closed: Promise<void>;
}

/**
 * Serves a plugin of the lowest version, or of the highest that the environment lists.
 *
 * @param signal  ends it, whatever still runs.
 */
export async function servePluginInTest(
  options: ServerOptions,
  signal: AbortSignal,
  world: TestWorld = systemWorld(),
): Promise<TestPlugin> {
  signal.throwIfAborted();
  const { env, platform, tempDir, randomBytes, pid } = world;
  const { version } = chooseVersion(env[variables.versions], Object.keys(options.versions).map(Number));
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const end = () => {
    broker.close();
    server.forceShutdown();
    resolve();
  };
  const streams = new HostStreams(() => undefined);
  const control = { printed: new OutputQueue(), streams, onShutdown: () => setImmediate(end) };
  const network = platform === 'win32' ? 'tcp' : 'unix';
  const where = { network, env, tempDir, platform, random: randomBytes } as const;
  const made = await makeServer(
    options,
    version,
    control,
    { hostCert: '', tls: undefined },
    (line) => directConnections(line, where),
    world,
  );
  const { server, credentials, broker } = made;
  const at = await listen(grpcBind(server, credentials), where);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return { reattach: { protocol: 'grpc', protocolVersion: version, ...at, pid, test: true }, closed };
}
