/** Starts a plugin and owns its process. Source: spec go-plugin.md §6, §8, §13. */
import type { Logger } from '../lib/log.ts';
import { type Spawn, startChild } from './child.ts';
import { type ConnectOptions, type ConnectWorld, connectPlugin, type Launched } from './connect.ts';
import { diagnose } from './diagnosis.ts';
import { type Environment, pluginEnvironment } from './environment.ts';
import { type Checksum, checkFormat, findExecutable, verifyChecksum } from './executable.ts';
import type { Cookie } from './handshake.ts';
import { type Certificate, type Curve, makeCertificate } from './mtls.ts';
import type { PluginProcess } from './plugin-process.ts';
import type { SendSignal } from './process-tree.ts';

export interface PluginCommand {
  /** A path, or a bare name that is looked up in `PATH`. */
  readonly path: string;
  readonly args: readonly string[];
  /** Weaker than the host's own environment. */
  readonly env?: Environment;
}

export interface HostOptions extends ConnectOptions {
  readonly cookie: Cookie;
  readonly checksum?: Checksum;
  /** What its log lines are named for; default the base name of the executable, which for a script may be `node`. */
  readonly name?: string;
  /** Of the key of the host's certificate; default P-521, which plugins on gRPC's C core (Python, C++, Ruby …) cannot check. */
  readonly curve?: Curve;
  /** False keeps the host's own environment from the plugin. */
  readonly passEnvironment?: boolean;
  /** Group that may connect to the plugin's sockets. */
  readonly socketGroup?: string;
  /** The plugin's stderr as it comes, log lines and all. */
  readonly rawStderr?: (chunk: Uint8Array) => void;
  /** Longest line of a plugin's log, bytes; default 64 KiB. */
  readonly longestLine?: number;
}

/** What a host needs of the world around it. */
export interface HostWorld extends ConnectWorld {
  readonly spawn: Spawn;
  /** Kills what a plugin has started together with it; absent, only its own process can be killed. */
  readonly sendSignal?: SendSignal;
}

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
  return await connectPlugin(await launch(command, options, world), options, world, signal);
}

/** Starts the process and does not wait for its first word. */
export async function launch(command: PluginCommand, options: HostOptions, world: HostWorld): Promise<Launched> {
  const path = await findExecutable(command.path, world.env['PATH']);
  const log = pluginLog(path, options, world);
  if (options.checksum !== undefined) await verifyChecksum(path, options.checksum);
  await checkFormat(path, world.identity?.arch);
  const own = await makeOwn(options, world);
  world.log.debug('starting plugin', { path, args: [path, ...command.args] });
  const child = await startChild({
    path,
    args: command.args,
    env: environmentOf(options, world, own, { configured: command.env }),
    log,
    clock: world.clock,
    spawn: world.spawn,
    longestLine: longestLineOf(options),
    rawStderr: options.rawStderr,
    sendSignal: world.sendSignal,
  });
  world.log.debug('plugin started', { path, pid: child.id });
  return { path, child, log, own, socketGroup: options.socketGroup, diagnose: () => diagnose(path, world.identity) };
}

/** @returns the host's certificate for one start; undefined without AutoMTLS. */
export async function makeOwn(options: HostOptions, world: HostWorld): Promise<Certificate | undefined> {
  if (options.autoMtls === 'off') return undefined;
  const own = await makeCertificate(world.clock.now(), world.randomBytes, options.curve);
  world.log.debug('configuring client automatic mTLS');
  return own;
}

export interface OwnVariables {
  /** Weaker than the host's own environment. */
  readonly configured?: Environment | undefined;
  /** Where the plugin is to make its sockets. */
  readonly socketDir?: string;
}

/** The whole environment of a plugin. @param own  the host's certificate. */
export function environmentOf(
  options: HostOptions,
  world: HostWorld,
  own: Certificate | undefined,
  { configured, socketDir }: OwnVariables,
): Record<string, string> {
  const { cookie, versions, socketGroup, multiplex } = options;
  return pluginEnvironment(configured ?? {}, options.passEnvironment === false ? {} : world.env, {
    cookie,
    versions,
    ...ports,
    ...(own === undefined ? {} : { clientCert: own.pem }),
    ...(multiplex === undefined ? {} : { multiplex }),
    ...(socketGroup === undefined ? {} : { socketGroup }),
    ...(socketDir === undefined ? {} : { socketDir }),
  });
}

/** The logger of a plugin that is known by this path or name. */
export function pluginLog(path: string, options: HostOptions, world: HostWorld): Logger {
  return world.log.named(options.name ?? path.slice(path.lastIndexOf('/') + 1));
}

export const longestLineOf = (options: HostOptions): number => options.longestLine ?? 64 * 1024;
