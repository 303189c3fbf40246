/** Be a plugin: from the host's environment to the handshake line, and on to a clean end. Source: spec go-plugin.md §5, §13. */
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import { controlServices } from './control.ts';
import { variables } from './environment.ts';
import { type Cookie, chooseVersion, formatHandshake } from './handshake.ts';
import { Lifetime, type ServeWorld } from './lifetime.ts';
import { listen } from './listener.ts';
import { type Certificate, isCertificatePem, makeCertificate } from './mtls.ts';
import type { Service } from './service.ts';

export interface ServeOptions {
  readonly cookie: Cookie;
  /** The application's services by protocol version. */
  readonly versions: Readonly<Record<number, readonly Service[]>>;
  /** Largest request, bytes; default 4 MiB, gRPC's own. -1 is no limit. */
  readonly largestRequest?: number;
  /** Called at the end, for a second at most. */
  readonly close?: () => Promise<void>;
}

const notice = `This binary is a plugin. These are not meant to be executed directly.
Please execute the program that consumes these plugins, which will
load any plugins automatically
`;

const misconfigured = `Misconfigured ServeConfig given to serve this plugin: no magic cookie
key or value was set. Please notify the plugin author and report
this as a bug.
`;

/** @returns what to tell a person who started the program by hand; undefined when a host did. The exit code is then 1. */
export function refusal(cookie: Cookie, env: NodeJS.ProcessEnv): string | undefined {
  if (cookie.key === '' || cookie.value === '') return misconfigured;
  return env[cookie.key] === cookie.value ? undefined : notice;
}

/** gRPC's own default for requests, bytes. */
const usualRequest = 4 * 2 ** 20;

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
  try {
    await start(options, world, lifetime);
  } catch (error) {
    world.log.error('plugin init error', { error: explain(error) });
    void lifetime.end(1);
  }
}

async function start(options: ServeOptions, world: ServeWorld, lifetime: Lifetime): Promise<void> {
  const { self, output, log } = world;
  const { platform } = self;
  const env = takeEnvironment(options.cookie, self.env);
  const { version, invalid } = chooseVersion(env[variables.versions], Object.keys(options.versions).map(Number));
  for (const entry of invalid) output.log(`server sent invalid plugin version ${JSON.stringify(entry)}`);
  const { server, credentials, certificate } = await makeServer(options, world, env[variables.clientCert] ?? '');
  lifetime.server = server;
  const control = { printed: output.printed, streams: lifetime.streams, onShutdown: () => lifetime.shutDown() };
  for (const service of [...controlServices(control), ...(options.versions[version] ?? [])]) {
    server.addService(service.definition, service.implementation);
  }
  const network = platform === 'win32' ? 'tcp' : 'unix';
  const where = { network, env, tempDir: world.tempDir, platform, random: world.randomBytes } as const;
  const listening = await listen(server, credentials, where);
  lifetime.watchHost();
  output.printed.onLoss(() => log.warn('printed output was left out, nobody fetches it fast enough'));
  log.debug('plugin address', { network: listening.network, address: listening.address });
  const wantsMultiplex = (env[variables.multiplex] ?? '') !== '';
  const line = {
    version,
    ...listening,
    ...(certificate === undefined ? {} : { certificate: certificate.der }),
    ...(wantsMultiplex ? { multiplexes: false } : {}),
  };
  output.announce(formatHandshake(line));
}

/** A plugin can be a host itself: what was meant for it alone must not reach its own plugins. */
function takeEnvironment(cookie: Cookie, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const taken = { ...env };
  for (const name of [cookie.key, variables.clientCert, variables.multiplex]) delete env[name];
  return taken;
}

interface MadeServer {
  readonly server: Server;
  readonly credentials: ServerCredentials;
  /** The plugin's own; absent without TLS. */
  readonly certificate: Certificate | undefined;
}

/** @param hostCert  PEM of the host's certificate; empty when it wants no TLS. */
async function makeServer(options: ServeOptions, world: ServeWorld, hostCert: string): Promise<MadeServer> {
  const { clock, log, randomBytes } = world;
  const making = hostCert === '' ? undefined : makeCertificate(clock.now(), randomBytes); // while gRPC loads
  const { Server, ServerCredentials } = await import('@grpc/grpc-js');
  const server = new Server({
    'grpc.max_receive_message_length': options.largestRequest ?? usualRequest,
    'grpc.max_send_message_length': -1,
  });
  const certificate = await making;
  if (certificate === undefined) return { server, credentials: ServerCredentials.createInsecure(), certificate };
  log.debug('configuring server automatic mTLS');
  const trusted = isCertificatePem(hostCert) ? hostCert : trustNobody(hostCert, certificate.pem, log);
  const pair = { private_key: Buffer.from(certificate.keyPem), cert_chain: Buffer.from(certificate.pem) };
  return { server, credentials: ServerCredentials.createSsl(Buffer.from(trusted), [pair], true), certificate };
}

/** Only the plugin has the key of its own certificate, so every client is refused. */
function trustNobody(hostCert: string, ownCert: string, log: Logger): string {
  log.error('client cert provided but failed to parse', { cert: hostCert });
  return ownCert;
}
