/** Be a plugin: from the host's environment to the handshake line, and on to a clean end. Source: spec go-plugin.md §5, §13. */

import { unlink } from 'node:fs/promises';
import type { Server } from '@grpc/grpc-js';
import { type Cancel, type Clock, sleep } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { CapturedOutput } from './capture.ts';
import { controlServices, HostStreams } from './control.ts';
import { variables } from './environment.ts';
import { type Cookie, chooseVersion, formatHandshake } from './handshake.ts';
import { type Listening, listen } from './listener.ts';
import { isCertificatePem, makeCertificate, type RandomBytes } from './mtls.ts';
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

/** What a plugin needs of the world around it; only an entry point has it. */
export interface PluginWorld {
  /** The process that this program runs in. */
  readonly self: NodeJS.Process;
  readonly output: CapturedOutput;
  readonly clock: Clock;
  /** Writes JSON lines to `output.log`, every level: filtering is the host's job. */
  readonly log: Logger;
  readonly randomBytes: RandomBytes;
  /** Where sockets go, unless the host names a folder. */
  readonly tempDir: string;
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

const flushMs = 100;
const closeMs = 1_000;
const watchMs = 5_000;

/**
 * Serves until the host says `Shutdown` or is gone; then the process ends.
 *
 * @param signal  ends it as well, as `Shutdown` does.
 * @returns       once the plugin is ready or has failed to be.
 *
 * Compat: exit codes are 0 after `Shutdown`, 2 after an uncaught error. A plugin that cannot start exits with 1, where
 * Go's exit with 0 and leave their hosts to wonder.
 */
export async function servePlugin(options: ServeOptions, world: PluginWorld, signal?: AbortSignal): Promise<void> {
  const { log } = world;
  const running: Running = { server: undefined, listening: undefined, endWatch: undefined, isEnding: false };
  const end = (code: number) => void endPlugin(code, running, options, world);
  signal?.addEventListener('abort', () => end(0), { once: true });
  crashLikeGo(world);
  handleSignals(running, world);
  try {
    await start(options, world, running, end);
  } catch (error) {
    log.error('plugin init error', { error: explain(error) });
    end(1);
  }
}

interface Running {
  server: Server | undefined;
  listening: Listening | undefined;
  endWatch: Cancel | undefined;
  isEnding: boolean;
}

async function start(options: ServeOptions, world: PluginWorld, running: Running, end: (code: number) => void) {
  const { self, output, clock, log, randomBytes } = world;
  const env = takeEnvironment(options.cookie, self.env);
  const own = Object.keys(options.versions).map(Number);
  const { version, invalid } = chooseVersion(env[variables.versions], own);
  for (const entry of invalid) output.log(`server sent invalid plugin version ${JSON.stringify(entry)}`);
  const hostCert = env[variables.clientCert] ?? '';
  const making = hostCert === '' ? undefined : makeCertificate(clock.now(), randomBytes);
  const { Server, ServerCredentials } = await import('@grpc/grpc-js');
  const certificate = await making;
  if (certificate !== undefined) log.debug('configuring server automatic mTLS');
  const server = new Server({
    'grpc.max_receive_message_length': options.largestRequest ?? 4 * 2 ** 20,
    'grpc.max_send_message_length': -1,
  });
  running.server = server;
  const parent = self.ppid;
  const endIfOrphaned = () => {
    if (!streams.isHeld && self.ppid !== parent) end(1);
  };
  const streams = new HostStreams(endIfOrphaned);
  const control = { printed: output.printed, streams, onShutdown: () => shutDown(streams, clock, end) };
  for (const service of [...controlServices(control), ...(options.versions[version] ?? [])]) {
    server.addService(service.definition, service.implementation);
  }
  const credentials =
    certificate === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          Buffer.from(isCertificatePem(hostCert) ? hostCert : trustNobody(hostCert, certificate.pem, log)),
          [{ private_key: Buffer.from(certificate.keyPem), cert_chain: Buffer.from(certificate.pem) }],
          true,
        );
  const { platform } = self;
  const network = platform === 'win32' ? 'tcp' : 'unix';
  const where = { network, env, tempDir: world.tempDir, platform, random: randomBytes } as const;
  const listening = await listen(server, credentials, where);
  running.listening = listening;
  output.printed.onLoss(() => log.warn('printed output was left out, nobody fetches it fast enough'));
  log.debug('plugin address', { network: listening.network, address: listening.address });
  const multiplex = env[variables.multiplex] ?? '';
  output.announce(
    formatHandshake({
      version,
      ...listening,
      ...(certificate === undefined ? {} : { certificate: certificate.der }),
      ...(multiplex === '' ? {} : { multiplexes: false }),
    }),
  );
  watchHost(clock, running, endIfOrphaned);
}

/** A plugin can be a host itself: what was meant for it alone must not reach its own plugins. */
function takeEnvironment(cookie: Cookie, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const taken = { ...env };
  for (const name of [cookie.key, variables.clientCert, variables.multiplex]) delete env[name];
  return taken;
}

/** Only the plugin has the key of its own certificate, so every client is refused. */
function trustNobody(hostCert: string, ownCert: string, log: Logger): string {
  log.error('client cert provided but failed to parse', { cert: hostCert });
  return ownCert;
}

/** A host that is killed tells nobody, but a new parent and no streams do. */
function watchHost(clock: Clock, running: Running, check: () => void): void {
  running.endWatch = clock.after(watchMs, () => {
    check();
    if (!running.isEnding) watchHost(clock, running, check);
  });
}

/** The answer must have left before the server goes. A host with open streams closes them once it has it. */
function shutDown(streams: HostStreams, clock: Clock, end: (code: number) => void): void {
  const answered = [sleep(clock, flushMs), ...(streams.isHeld ? [streams.ended()] : [])];
  void Promise.race(answered).then(() => end(0));
}

async function endPlugin(code: number, running: Running, options: ServeOptions, world: PluginWorld): Promise<void> {
  if (running.isEnding) return;
  running.isEnding = true;
  running.endWatch?.();
  const { clock, log, output, self } = world;
  running.server?.forceShutdown();
  const closing = options.close?.().catch((error: unknown) => log.error('plugin close', { error: explain(error) }));
  await Promise.race([closing, sleep(clock, closeMs)]);
  await removeSocket(running.listening);
  await output.flush(sleep(clock, closeMs));
  self.exit(code);
}

async function removeSocket(listening: Listening | undefined): Promise<void> {
  if (listening?.network !== 'unix') return;
  await unlink(listening.address).catch(() => undefined); // the server removes it when it closes
}

/** An interrupt is for the host, which decides. What ends a plugin takes its socket along, and ends it by the same signal. */
function handleSignals(running: Running, { self, log }: PluginWorld): void {
  let interrupts = 0;
  self.on('SIGINT', () => {
    interrupts++;
    log.trace('plugin received interrupt signal, ignoring', { count: interrupts });
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    self.once(signal, () => {
      void removeSocket(running.listening).then(() => self.kill(self.pid, signal));
    });
  }
}

/** An uncaught error ends the process with what a Go host recognises as a crash report. */
function crashLikeGo({ self, output }: PluginWorld): void {
  const crash = (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    output.logNow(`panic: ${explain(error)}\n\n${stack ?? ''}\n`);
    self.exit(2);
  };
  self.on('uncaughtException', crash);
  self.on('unhandledRejection', crash);
}
