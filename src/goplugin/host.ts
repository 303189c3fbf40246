/** Starts a plugin and owns its process. Source: spec go-plugin.md §6, §8, §10, §13. */
import { type Clock, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import { type Channel, openChannel } from './channel.ts';
import { type Child, type Exit, exitText, type Spawn, startChild } from './child.ts';
import { diagnose, type Identity, unrecognized } from './diagnosis.ts';
import { type Environment, pluginEnvironment } from './environment.ts';
import { type Checksum, checkFormat, findExecutable, verifyChecksum } from './executable.ts';
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from './generated/goplugin/health.ts';
import { type Cookie, type Handshake, looksLikeHandshake, parseHandshake, startError } from './handshake.ts';
import { type Certificate, makeCertificate, type RandomBytes, toPem } from './mtls.ts';
import { PluginProcess } from './plugin-process.ts';
import { RpcError, status } from './status.ts';
import type { OutputReceivers } from './stdio.ts';

export interface PluginCommand {
  /** A path, or a bare name that is looked up in `PATH`. */
  readonly path: string;
  readonly args: readonly string[];
  /** Weaker than the host's own environment. */
  readonly env?: Environment;
}

/**
 * TLS with certificates of one start. `preferred`: a plugin that answers without one over a unix socket is accepted, with
 * a warning; over TCP it is refused. `required`: refused either way.
 */
export type AutoMtls = 'off' | 'preferred' | 'required';

export interface HostOptions {
  readonly cookie: Cookie;
  /** The application's protocol versions that this host speaks. */
  readonly versions: readonly number[];
  readonly autoMtls: AutoMtls;
  /** From the process's start to a plugin that answers; default 60 s. */
  readonly startTimeoutMs?: number;
  readonly checksum?: Checksum;
  /** What its log lines are named for; default the base name of the executable, which for a script may be `node`. */
  readonly name?: string;
  /** False keeps the host's own environment from the plugin. */
  readonly passEnvironment?: boolean;
  /** Group that may connect to the plugin's sockets. */
  readonly socketGroup?: string;
  /** What the plugin prints after its handshake. */
  readonly output?: OutputReceivers;
  /** The plugin's stderr as it comes, log lines and all. */
  readonly rawStderr?: (chunk: Uint8Array) => void;
  /** Longest line of a plugin's log, bytes; default 64 KiB. */
  readonly longestLine?: number;
}

/** What a host needs of the world around it. */
export interface HostWorld {
  readonly clock: Clock;
  /** Lines of the plugin go to `<this>.<base name of the executable>`. */
  readonly log: Logger;
  readonly env: Environment;
  readonly spawn: Spawn;
  /** Secure randomness. */
  readonly randomBytes: RandomBytes;
  /** Whose processes these are; undefined where the system has no such notion. */
  readonly identity?: Identity | undefined;
}

const defaultStartTimeoutMs = 60_000;
const healthTimeoutMs = 5_000;
const ports = { minPort: 10_000, maxPort: 25_000 };

/**
 * Starts a plugin's process and waits until it answers a health check.
 *
 * @param signal  gives the start up; the process is then killed.
 * @throws        `plugin_start_failed` with Go's text, or `plugin_checksum`; no process is left behind.
 */
export async function startPlugin(
  command: PluginCommand,
  options: HostOptions,
  world: HostWorld,
  signal: AbortSignal,
): Promise<PluginProcess> {
  signal.throwIfAborted();
  const path = await findExecutable(command.path, world.env['PATH']);
  const log = world.log.named(options.name ?? path.slice(path.lastIndexOf('/') + 1));
  if (options.checksum !== undefined) await verifyChecksum(path, options.checksum);
  await checkFormat(path);
  const own = options.autoMtls === 'off' ? undefined : await makeCertificate(world.clock.now(), world.randomBytes);
  if (own !== undefined) world.log.debug('configuring client automatic mTLS');
  const { cookie, versions, socketGroup } = options;
  const env = pluginEnvironment(command.env ?? {}, options.passEnvironment === false ? {} : world.env, {
    cookie,
    versions,
    ...ports,
    ...(own === undefined ? {} : { clientCert: own.pem }),
    ...(socketGroup === undefined ? {} : { socketGroup }),
  });
  world.log.debug('starting plugin', { path, args: [path, ...command.args] });
  const child = await startChild({
    path,
    args: command.args,
    env,
    log,
    clock: world.clock,
    spawn: world.spawn,
    longestLine: options.longestLine ?? 64 * 1024,
    rawStderr: options.rawStderr,
  });
  world.log.debug('plugin started', { path, pid: child.pid });
  void child.exit.then((exit) => logExit(world.log, path, child.pid, exit));
  try {
    const limitMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
    return await withDeadline(world.clock, limitMs, signal, (within) => {
      return connect({ path, child, options, world, own, log, within });
    });
  } catch (error) {
    child.kill('SIGKILL');
    await child.drained;
    if (signal.aborted || !(error instanceof DeadlineExceeded)) throw error;
    throw startError('timeout while waiting for plugin to start');
  }
}

interface Starting {
  readonly path: string;
  readonly child: Child;
  readonly options: HostOptions;
  readonly world: HostWorld;
  readonly own: Certificate | undefined;
  readonly log: Logger;
  /** The rest of the start. */
  readonly within: AbortSignal;
}

async function connect(starting: Starting): Promise<PluginProcess> {
  const { path, child, options, world, own, log, within } = starting;
  world.log.debug('waiting for RPC address', { plugin: path });
  const line = await child.firstLine;
  if (line === undefined || !looksLikeHandshake(line)) {
    if (line === undefined) await child.drained; // the reason is among the last words
    const notes = await diagnose(path, world.identity);
    throw startError(unrecognized(line, notes, child.lastLines()));
  }
  const handshake = parseHandshake(line, {
    versions: options.versions,
    tls: own !== undefined,
    multiplex: false,
  });
  world.log.debug('using plugin', { version: handshake.version });
  const tls = trustedPair(handshake, own, options.autoMtls, world.log, path);
  const channel = await openChannel(handshake, tls, world.clock);
  try {
    await checkStartHealth(channel, world, within);
  } catch (error) {
    channel.close();
    throw error;
  }
  const { clock } = world;
  return new PluginProcess(
    { path, child, channel, handshake, clock, log, identity: world.identity },
    options.output ?? {},
  );
}

function trustedPair(handshake: Handshake, own: Certificate | undefined, mode: AutoMtls, log: Logger, plugin: string) {
  if (own === undefined) return undefined;
  if (handshake.certificate !== undefined) {
    return { trusted: toPem(handshake.certificate), certificate: own.pem, key: own.keyPem };
  }
  if (mode === 'required' || handshake.network === 'tcp') {
    throw startError('AutoMTLS is enabled but the plugin did not return a certificate');
  }
  log.warn('plugin does not support AutoMTLS, its socket is used without encryption', { plugin });
  return undefined;
}

async function checkStartHealth(channel: Channel, world: HostWorld, within: AbortSignal): Promise<void> {
  try {
    await withDeadline(world.clock, healthTimeoutMs, within, (signal) => checkHealth(channel, signal));
  } catch (error) {
    if (within.aborted) throw error;
    if (error instanceof RpcError && error.status === status.unimplemented) {
      world.log.warn('plugin has no health service'); // it speaks gRPC, which is all that is asked here
      return;
    }
    throw startError(`plugin did not answer health check: ${explain(error)}`);
  }
}

/** @throws `RpcError` unless the plugin says that it serves. */
async function checkHealth(channel: Channel, signal: AbortSignal): Promise<void> {
  const answer = await channel.unary(HealthService.check, { service: 'plugin' }, signal);
  if (answer.status !== ServingStatus.SERVING) throw new RpcError(status.unavailable, 'plugin is not serving');
}

function logExit(log: Logger, plugin: string, id: number, exit: Exit): void {
  const error = exitText(exit);
  if (error === undefined) log.info('plugin process exited', { plugin, id });
  else log.error('plugin process exited', { plugin, id, error });
}
