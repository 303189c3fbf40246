/** Be a plugin: from the host's environment to the handshake line, and on to a clean end. Source: spec go-plugin.md §5, §13. */
import { explain } from '../lib/error.ts';
import { goBool } from '../lib/go-bool.ts';
import { directConnections } from './broker-direct.ts';
import { variables } from './environment.ts';
import type { ServerTls } from './grpc-server.ts';
import { type Cookie, chooseVersion, formatHandshake } from './handshake.ts';
import { Lifetime, type ServeWorld } from './lifetime.ts';
import { grpcBind, listen } from './listener.ts';
import { notice } from './notice.ts';
import { makeServer, type ServerOptions } from './server.ts';

export interface ServeOptions extends ServerOptions {
  readonly cookie: Cookie;
  /** Certificates from elsewhere; when it gives some, AutoMTLS is not used even if the host asks for it. */
  readonly tls?: () => ServerTls | undefined | Promise<ServerTls | undefined>;
  /** Called at the end, for a second at most. */
  readonly close?: () => Promise<void>;
}

const misconfigured = `Misconfigured ServeConfig given to serve this plugin: no magic cookie
key or value was set. Please notify the plugin author and report
this as a bug.
`;

/** @returns what to tell a person who started the program by hand; undefined when a host did. The exit code is then 1. */
export function refusal(cookie: Cookie, env: NodeJS.ProcessEnv): string | undefined {
  if (cookie.key === '' || cookie.value === '') return misconfigured;
  return env[cookie.key] === cookie.value ? undefined : notice;
}

/**
 * Serves until the host says `Shutdown` or is gone; then the process ends.
 *
 * @param signal  ends it as well, as `Shutdown` does.
 * @returns       once the plugin is ready or has failed to be.
 *
 * Compat: exit codes are 0 after `Shutdown`, 2 after an uncaught error. A plugin that cannot start exits with 1, where
 * Go's exit with 0 and leave their hosts to wonder.
 */
export async function servePlugin(options: ServeOptions, world: ServeWorld, signal?: AbortSignal): Promise<void> {
  const lifetime = new Lifetime(world, options.close);
  signal?.addEventListener('abort', () => void lifetime.end(0), { once: true });
  const fail = (what: string, error: unknown) => {
    world.log.error(what, { error: explain(error) });
    void lifetime.end(1);
  };
  let tls: ServerTls | undefined;
  try {
    tls = await options.tls?.();
  } catch (error) {
    return fail('plugin tls init', error);
  }
  try {
    await start(options, tls, world, lifetime);
  } catch (error) {
    fail('plugin init error', error);
  }
}

async function start(
  options: ServeOptions,
  tls: ServerTls | undefined,
  world: ServeWorld,
  lifetime: Lifetime,
): Promise<void> {
  const { self, output, log, clock } = world;
  const { platform } = self;
  const env = takeEnvironment(options.cookie, self.env);
  const { version, invalid } = chooseVersion(env[variables.versions], Object.keys(options.versions).map(Number));
  for (const entry of invalid) output.log(`server sent invalid plugin version ${JSON.stringify(entry)}`);
  const control = { printed: output.printed, streams: lifetime.streams, onShutdown: () => lifetime.shutDown() };
  const keys = { tls, hostCert: env[variables.clientCert] ?? '' };
  const network = platform === 'win32' ? 'tcp' : 'unix';
  const where = { network, env, tempDir: world.tempDir, platform, random: world.randomBytes } as const;
  const asksToMultiplex = (env[variables.multiplex] ?? '') !== '';
  const multiplexes = goBool(env[variables.multiplex] ?? '') === true;
  const one = multiplexes ? (await import('./multiplexed-plugin.ts')).oneConnection(where, clock) : undefined;
  const connections = one?.connections ?? ((line) => directConnections(line, where));
  const { server, credentials, certificate, broker } = await makeServer(
    options,
    version,
    control,
    keys,
    connections,
    world,
  );
  lifetime.stopServing = () => {
    broker.close();
    server.forceShutdown();
    one?.close();
  };
  const onLost = (why: string | undefined) => {
    if (why !== undefined) log.error('grpc server', { error: why });
    void lifetime.end(why === undefined ? 0 : 1);
  };
  const listening = await (one === undefined
    ? listen(grpcBind(server, credentials), where)
    : one.listen(server, credentials, onLost));
  lifetime.watchHost();
  output.printed.onLoss(() => log.warn('printed output was left out, nobody fetches it fast enough'));
  log.debug('plugin address', { network: listening.network, address: listening.address });
  const line = {
    version,
    ...listening,
    ...(certificate === undefined ? {} : { certificate: certificate.der }),
    ...(asksToMultiplex ? { multiplexes } : {}),
  };
  output.announce(formatHandshake(line));
}

/** A plugin can be a host itself: what was meant for it alone must not reach its own plugins. */
function takeEnvironment(cookie: Cookie, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const taken = { ...env };
  for (const name of [cookie.key, variables.clientCert, variables.multiplex]) delete env[name];
  return taken;
}
