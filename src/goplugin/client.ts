/** A plugin as a host's program uses it: started, run elsewhere or taken over, then asked for by name. */
import { AutoscalerError } from '../lib/error.ts';
import { type AutoMtls, checkHealth, connectPlugin } from './connect.ts';
import { type HostOptions, launch, type PluginCommand } from './host.ts';
import { forget, manage } from './managed.ts';
import type { PluginProcess } from './plugin-process.ts';
import { type ReattachConfig, reattachPlugin } from './reattach.ts';
import { launchElsewhere, type Runner, type RunnerOptions } from './runner.ts';
import { RpcError, status } from './status.ts';
import { type ClientWorld, systemWorld } from './system.ts';

/** What a plugin offers, by name: each makes the client of one interface. No name crosses the wire. */
export type PluginSet = Readonly<Record<string, (plugin: PluginProcess) => unknown>>;

/** The names of a set, or of all that are possible. */
export type NameOf<Set extends PluginSet> = Set extends unknown ? keyof Set & string : never;

/** The client that a name stands for. */
export type Dispensed<Set extends PluginSet, Name extends string> =
  Set extends Readonly<Record<Name, (plugin: PluginProcess) => infer Client>> ? Client : never;

/** Exactly one of `command`, `reattach` and `runner` says where the plugin is. */
export interface ClientOptions<Set extends PluginSet> extends Omit<HostOptions, 'versions' | 'autoMtls'> {
  /** An executable to start. */
  readonly command?: PluginCommand;
  /** A plugin that runs already. */
  readonly reattach?: ReattachConfig;
  /** Starts the plugin elsewhere. */
  readonly runner?: Runner;
  /** The application's protocol versions that this host speaks, and what plugins of each offer. */
  readonly versions: Readonly<Record<number, Set>>;
  /** Default `off`, as Go's. */
  readonly autoMtls?: AutoMtls;
  /** Ended by `cleanUpClients`. */
  readonly managed?: boolean;
  /** Where the folder for the sockets of a runner's plugin is made; default the system's folder for temporary files. */
  readonly tempDir?: string;
}

export class PluginClient<Set extends PluginSet = PluginSet> {
  readonly #options: ClientOptions<Set>;
  readonly #world: ClientWorld;
  readonly #stop = new AbortController();
  #started: Promise<PluginProcess> | undefined;
  #plugin: PluginProcess | undefined;
  #hasFailed = false;
  #wasForced = false;
  #killed: Promise<void> | undefined;

  /** Starts nothing yet. @param world  the ordinary one of a program when it is left out. */
  constructor(options: ClientOptions<Set>, world: ClientWorld = systemWorld()) {
    this.#options = options;
    this.#world = world;
    if (options.managed === true) manage(this);
  }

  /**
   * Starts the plugin, or finds the one that runs, and waits until it answers. Starting again has no effect.
   *
   * @param signal  gives the start up; only the first caller's counts.
   * @throws        `plugin_start_failed` with Go's text, `plugin_checksum`; also for a client whose plugin has ended:
   *                a client starts once.
   */
  start(signal?: AbortSignal): Promise<PluginProcess> {
    if (this.#killed !== undefined || this.exited) {
      return Promise.reject(misused('the plugin of this client has ended; make a new client to start another'));
    }
    const stop = this.#stop.signal;
    this.#started ??= this.#start(signal === undefined ? stop : AbortSignal.any([stop, signal]));
    return this.#started;
  }

  /**
   * The client of one interface. No call is made for it.
   *
   * @throws  `plugin_start_failed` for a plugin that was not started, or that offers nothing of that name.
   */
  dispense<Name extends NameOf<Set>>(name: Name): Dispensed<Set, Name> {
    const plugin = this.#plugin;
    if (plugin === undefined) throw misused('the plugin is not started');
    const set: PluginSet = this.#options.versions[plugin.version] ?? {};
    const make = Object.hasOwn(set, name) ? set[name] : undefined;
    if (make === undefined) throw misused(`unknown plugin type: ${name}`);
    return make(plugin) as Dispensed<Set, Name>; // what the set's own function makes
  }

  /** Asks whether the plugin serves; it has 5 s. @throws `RpcError`, or the signal's reason. */
  async ping(signal?: AbortSignal): Promise<void> {
    const plugin = this.#plugin;
    if (plugin === undefined) throw new RpcError(status.unavailable, 'the plugin is not started');
    await checkHealth(plugin.channel, this.#world.clock, signal);
  }

  /**
   * Ends the plugin: asks it to shut down, waits, and kills it after 4 s at the latest. Gives up a start that still
   * runs. Harmless before the start, the second time, and for a plugin that is gone; without effect in test mode.
   */
  kill(): Promise<void> {
    if (this.#options.reattach?.test === true) return Promise.resolve();
    if (this.#started === undefined) return Promise.resolve();
    this.#killed ??= this.#kill(this.#started);
    return this.#killed;
  }

  /** True once the plugin has ended or its start has failed. */
  get exited(): boolean {
    return this.#hasFailed || this.#plugin?.done.aborted === true;
  }

  /** True when the plugin did not end by itself when it was asked to, or was ended because its start failed. */
  get wasForced(): boolean {
    return this.#wasForced;
  }

  /**
   * What another client needs to take this plugin over; undefined before the start. A plugin that speaks AutoMTLS
   * cannot be taken over: the keys are this client's.
   */
  reattachConfig(): ReattachConfig | undefined {
    const plugin = this.#plugin;
    if (plugin === undefined) return undefined;
    if (this.#options.reattach !== undefined) return this.#options.reattach;
    const { version, network, address, pid } = plugin;
    return { protocol: 'grpc', protocolVersion: version, network, address, pid };
  }

  async #start(signal: AbortSignal): Promise<PluginProcess> {
    try {
      this.#plugin = await this.#open(signal);
      return this.#plugin;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  async #open(signal: AbortSignal): Promise<PluginProcess> {
    const { command, reattach, runner, versions, autoMtls = 'off' } = this.#options;
    const world = this.#world;
    checkCombination(this.#options);
    const known = Object.keys(versions).map(Number);
    const options: RunnerOptions = { ...this.#options, versions: known, autoMtls };
    if (reattach !== undefined) return await reattachPlugin(withVersion(reattach, known), options, world, signal);
    const launching =
      runner === undefined
        ? launch(command ?? noCommand, options, world)
        : launchElsewhere(runner, options, world, signal);
    const launched = await launching;
    try {
      return await connectPlugin(launched, options, world, signal);
    } catch (error) {
      this.#wasForced = true;
      throw error;
    }
  }

  async #kill(started: Promise<PluginProcess>): Promise<void> {
    this.#stop.abort();
    forget(this);
    const plugin = await started.catch(() => undefined); // whoever started it was told
    if (plugin === undefined) return;
    const { forced } = await plugin.kill();
    if (forced) this.#wasForced = true;
  }
}

/** The combination is checked before it is used. */
const noCommand: PluginCommand = { path: '', args: [] };

function checkCombination({ command, reattach, runner, checksum, multiplex }: ClientOptions<PluginSet>): void {
  if ([command, reattach, runner].filter((way) => way !== undefined).length !== 1) {
    throw misused('exactly one of Cmd, or Reattach, or RunnerFunc must be set');
  }
  if (reattach === undefined) return;
  if (checksum !== undefined) throw misused('only one of Reattach or SecureConfig can be set');
  if (multiplex === true) throw misused('gRPC broker multiplexing is not supported with Reattach config');
}

/** A plugin that was written down without a version is taken for the host's newest. */
function withVersion(config: ReattachConfig, known: readonly number[]): ReattachConfig {
  return config.protocolVersion === 0 ? { ...config, protocolVersion: Math.max(...known) } : config;
}

function misused(message: string): AutoscalerError {
  return new AutoscalerError('plugin_start_failed', message, { blame: 'usage' });
}
