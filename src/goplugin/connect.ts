/** From a process that was just started to a plugin that answers. Source: spec go-plugin.md §6, §8, §10. */
import { type Clock, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { durationMs } from '../lib/duration.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { Channel, ClientTls } from './channel.ts';
import { type Child, type Exit, exitText } from './child.ts';
import { type Identity, unrecognized, unrecognizedHint } from './diagnosis.ts';
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from './generated/goplugin/health.ts';
import { type Handshake, looksLikeHandshake, parseHandshake, startError } from './handshake.ts';
import { type Certificate, toPem } from './mtls.ts';
import { openPlugin, type SocketPlace, type SocketWorld } from './plugin-connection.ts';
import { PluginProcess } from './plugin-process.ts';
import { RpcError, status } from './status.ts';
import type { OutputReceivers } from './stdio.ts';

/**
 * TLS with certificates of one start. `preferred`: a plugin that answers without one over a unix socket is accepted, with
 * a warning; over TCP it is refused. `required`: refused either way.
 */
export type AutoMtls = 'off' | 'preferred' | 'required';

export interface ConnectOptions {
  /** The application's protocol versions that this host speaks. */
  readonly versions: readonly number[];
  readonly autoMtls: AutoMtls;
  /** TLS with certificates from elsewhere, where AutoMTLS is off. What the plugin itself shows in its line is trusted instead. */
  readonly tls?: ClientTls;
  /**
   * Whether everything between host and plugin, also what the broker adds, shares one connection; default false. The
   * plugin must know how.
   */
  readonly multiplex?: boolean;
  /** From the process's start to a plugin that answers; default 60 s. */
  readonly startTimeoutMs?: number;
  /** What the plugin prints after its handshake. */
  readonly output?: OutputReceivers;
}

export interface ConnectWorld extends SocketWorld {
  readonly clock: Clock;
  /** Lines of the plugin go to `<this>.<base name of the executable>`. */
  readonly log: Logger;
  /** Whose processes these are; undefined where the system has no such notion. */
  readonly identity?: Identity | undefined;
}

/** A plugin's process before its first word. */
export interface Launched extends SocketPlace {
  /** What was started. */
  readonly path: string;
  readonly child: Child;
  /** The plugin's own logger. */
  readonly log: Logger;
  /** The host's certificate of this start; absent without AutoMTLS. */
  readonly own: Certificate | undefined;
  /** What to tell about the executable when it does not shake hands. */
  readonly diagnose: () => Promise<readonly string[]>;
  /** Turns the line's address into one that this host can reach; absent when it can as it is. */
  readonly translate?: ((line: string) => Promise<string>) | undefined;
  /** Removes what the host made for this plugin, once its process is gone. */
  readonly cleanUp?: (() => Promise<void>) | undefined;
}

export const defaultStartTimeoutMs = 60_000;
const healthTimeoutMs = 5_000;

/**
 * Waits until a plugin answers a health check.
 *
 * @throws  `plugin_start_failed` with Go's text; the process is then gone.
 */
export async function connectPlugin(
  launched: Launched,
  options: ConnectOptions,
  world: ConnectWorld,
  signal: AbortSignal,
): Promise<PluginProcess> {
  const { path, child } = launched;
  void child.exit.then((exit) => logExit(world.log, path, child.id, exit));
  try {
    const limitMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
    return await withDeadline(world.clock, limitMs, signal, (within) => shakeHands(launched, options, world, within));
  } catch (error) {
    child.kill();
    await child.drained;
    await launched.cleanUp?.();
    throw startFailure(error, signal);
  }
}

/** What becomes of an error of a start: Go's text for one that took too long, any other as it is. @param signal  of whoever may give it up. */
export function startFailure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || !(error instanceof DeadlineExceeded)) return error;
  const limit = durationMs(error.afterMs);
  const hint = `did not answer within ${limit} of its start and was killed: if it needs longer, raise its start timeout`;
  return startError('timeout while waiting for plugin to start', hint);
}

/** @param within  aborts when the time for the start is over. */
async function shakeHands(
  launched: Launched,
  options: ConnectOptions,
  world: ConnectWorld,
  within: AbortSignal,
): Promise<PluginProcess> {
  const { path, child, own, log } = launched;
  world.log.debug('waiting for RPC address', { plugin: path });
  const line = await child.firstLine;
  if (line === undefined || !looksLikeHandshake(line)) {
    if (line === undefined) await child.drained; // the reason is among the last words
    const end = line === undefined ? (exitText(await child.exit) ?? 'exit status 0') : '';
    const said = child.lastLines();
    throw startError(unrecognized(line, await launched.diagnose(), said), unrecognizedHint(line, end, said));
  }
  const handshake = parseHandshake((await launched.translate?.(line)) ?? line, {
    versions: options.versions,
    tls: own !== undefined || options.tls !== undefined,
    multiplex: options.multiplex === true,
  });
  world.log.debug('using plugin', { version: handshake.version });
  const tls = trustedPair(handshake, own, options, world.log, path);
  const { channel, broker } = await openPlugin(handshake, tls, launched, world, within);
  try {
    await checkStartHealth(channel, world, within, handshake);
  } catch (error) {
    channel.close();
    broker.close();
    throw error;
  }
  const { clock, identity } = world;
  const { cleanUp } = launched;
  const isEncrypted = tls !== undefined;
  const running = { path, life: child, channel, broker, handshake, isEncrypted, clock, log, identity, cleanUp };
  return new PluginProcess(running, options.output ?? {});
}

function trustedPair(
  handshake: Handshake,
  own: Certificate | undefined,
  options: ConnectOptions,
  log: Logger,
  plugin: string,
): ClientTls | undefined {
  const shown = handshake.certificate === undefined ? undefined : toPem(handshake.certificate);
  if (own === undefined) {
    return options.tls === undefined || shown === undefined ? options.tls : { ...options.tls, trusted: shown };
  }
  if (shown !== undefined) return { trusted: shown, certificate: own.pem, key: own.keyPem };
  if (options.autoMtls === 'required' || handshake.network === 'tcp') {
    throw startError('AutoMTLS is enabled but the plugin did not return a certificate');
  }
  log.warn('plugin does not support AutoMTLS, its socket is used without encryption', { plugin });
  return undefined;
}

async function checkStartHealth(
  channel: Channel,
  world: ConnectWorld,
  within: AbortSignal,
  { certificate }: Handshake,
): Promise<void> {
  try {
    await checkHealth(channel, world.clock, within);
  } catch (error) {
    if (within.aborted) throw error;
    if (error instanceof RpcError && error.status === status.unimplemented) {
      world.log.warn('plugin has no health service'); // it speaks gRPC, which is all that is asked here
      return;
    }
    const isUntrusted = certificate !== undefined && error instanceof RpcError && error.status === status.unavailable;
    const hint = isUntrusted
      ? `cannot be spoken to under the certificate of its handshake (${error.details}): it serves with another one; a plugin with certificates of its own needs AutoMTLS off`
      : undefined;
    throw startError(`plugin did not answer health check: ${explain(error)}`, hint);
  }
}

/**
 * Asks whether the plugin serves; it has 5 s.
 *
 * @throws `RpcError` when it does not; `DeadlineExceeded`; the signal's reason.
 */
export function checkHealth(channel: Channel, clock: Clock, signal?: AbortSignal): Promise<void> {
  return withDeadline(clock, healthTimeoutMs, signal, async (within) => {
    const answer = await channel.unary(HealthService.check, { service: 'plugin' }, within);
    if (answer.status !== ServingStatus.SERVING) throw new RpcError(status.unavailable, 'plugin is not serving');
  });
}

/** By these somebody asked for the end, perhaps of the host as well; what to make of it is for whoever uses the plugin. */
const requests: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);

function logExit(log: Logger, plugin: string, id: number | string, exit: Exit): void {
  const error = exitText(exit);
  if (error === undefined) log.info('plugin process exited', { plugin, id });
  else if (exit.signal !== null && requests.has(exit.signal)) log.info('plugin process exited', { plugin, id, error });
  else log.error('plugin process exited', { plugin, id, error });
}
