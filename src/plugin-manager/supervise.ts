/** Keeps one plugin alive: starts and configures it, starts it again when it ends, and knows what runs now. */
import { type Cancel, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { durationMs } from '../lib/duration.ts';
import { AutoscalerError, explain } from '../lib/error.ts';
import { Held } from '../lib/held.ts';
import { backoffMs } from '../lib/retry.ts';
import type { World } from '../lib/world.ts';
import type { Awaitable, CheckConfig, PluginType } from '../model/plugin.ts';
import { type ConfiguredPlugin, type Isolation, pluginName } from './catalog.ts';
import type { Instance, Launcher } from './launch.ts';

export type PluginState = 'starting' | 'running' | 'waiting' | 'stopped';

/** What is told about a plugin. */
export interface PluginStatus {
  readonly type: PluginType;
  readonly label: string;
  readonly driver: string;
  /** Where it runs; undefined while it does not. */
  readonly isolation?: Isolation;
  /** The executable and its process, while there is one. */
  readonly path?: string;
  readonly pid?: number;
  /** `waiting`: it failed, and is started again after a pause. */
  readonly state: PluginState;
  /** Since when it is in that state, epoch milliseconds. */
  readonly since: number;
  /** Starts after an end that nobody asked for. */
  readonly restarts: number;
  readonly deadlinesMissed: number;
  /** Why it does not run. */
  readonly error?: string;
  /** The last failure of a start or run, also after it runs again. */
  readonly lastError?: string;
}

/** Pauses between starts. A run of `soundRunMs` ends a row of failures: the next pause is a short one again. */
const pauses = { firstMs: 500, longestMs: 60_000 };
const soundRunMs = 60_000;

/**
 * A plugin that let a deadline pass is asked who it is. It counts as hung when it does not say so, twice, and answers
 * nothing else either: one that has more to do than it manages still answers something. Two waits and no long one, because
 * an agent that was stopped itself for a while finds a wait elapsed with the answer still unread.
 */
const probe = { ms: 15_000, times: 2 };

export class SupervisedPlugin<T extends PluginType = PluginType> {
  readonly #type: T;
  #plugin: ConfiguredPlugin;
  readonly #world: World;
  readonly #launcher: Launcher;
  readonly #held = new Held<Instance<T>>((instance) => this.#close(instance));
  /** Everything that is open, also what was replaced and still has calls running. */
  readonly #open = new Set<Instance<T>>();
  readonly #stop = new AbortController();
  /** Starting, configuring and restarting happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #state: PluginState = 'starting';
  #since: number;
  #hasRun = false;
  #restarts = 0;
  #failuresInARow = 0;
  #deadlinesMissed = 0;
  #lastError: string | undefined;
  #cancelRestart: Cancel | undefined;
  #probed: { readonly instance: Instance<T>; hasAnswered: boolean } | undefined;
  #checkPolicyConfig: CheckConfig | undefined;

  constructor(type: T, plugin: ConfiguredPlugin, launcher: Launcher, world: World) {
    this.#type = type;
    this.#plugin = plugin;
    this.#launcher = launcher;
    this.#world = world;
    this.#since = world.clock.now();
  }

  /** How to check the map of a policy; undefined for a plugin that publishes nothing. */
  get checkPolicyConfig(): CheckConfig | undefined {
    return this.#checkPolicyConfig;
  }

  get status(): PluginStatus {
    const { type, label, driver } = this.#plugin;
    const live = this.#held.value;
    return {
      type,
      label,
      driver,
      ...(live && { isolation: live.process === undefined ? 'in-process' : 'process' }),
      ...(live?.process && { path: live.process.path, pid: live.process.pid }),
      state: this.#state,
      since: this.#since,
      restarts: this.#restarts,
      deadlinesMissed: this.#deadlinesMissed,
      ...(this.#state === 'waiting' && this.#lastError !== undefined && { error: this.#lastError }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /**
   * Brings the plugin to what the block says: starts it, hands it a new configuration, or puts a newly started one in its
   * place when driver, arguments or executable changed. What runs goes on as it was when that fails; what does not run is
   * tried again after a pause.
   *
   * @throws what made it fail.
   */
  apply(plugin: ConfiguredPlugin): Promise<void> {
    return this.#inTurn(async () => {
      this.#cancelRestart?.();
      const live = this.#held.value;
      if (live === undefined) this.#plugin = plugin;
      try {
        const plan = await this.#launcher.plan(plugin);
        this.#checkPolicyConfig = plan.definition?.checkPolicyConfig;
        if (live !== undefined && live.launchKey === plan.launchKey) {
          await this.#launcher.configure(live, plan, this.#stop.signal);
        } else {
          this.#take(await this.#launcher.launch(this.#type, plan, this.#stop.signal));
        }
        this.#plugin = plugin;
      } catch (error) {
        // What ran and has ended in the meantime has its restart planned already.
        if (live === undefined && !this.#stop.signal.aborted) this.#planRestart(explain(error));
        throw error;
      }
    });
  }

  /** Runs a call on what runs now. @throws `plugin_unavailable` (retryable) at once when nothing does. */
  use<R>(call: (instance: Instance<T>) => Awaitable<R>): Awaitable<R> {
    return this.#held.use(call, () => this.#unavailable());
  }

  /** To be told of every answer of the plugin itself, an error among them. */
  heard(instance: Instance<T>): void {
    if (this.#probed?.instance === instance) this.#probed.hasAnswered = true;
  }

  /** To be told of a call that let its deadline pass. A process that answers nothing at all any more is ended. */
  missedDeadline(instance: Instance<T>): void {
    this.#deadlinesMissed++;
    this.#count('plugin.manager.deadline_exceeded_count');
    if (instance.process === undefined || this.#probed !== undefined || this.#stop.signal.aborted) return;
    const probed = { instance, hasAnswered: false };
    this.#probed = probed;
    void this.#endIfHung(probed).finally(() => {
      this.#probed = undefined;
    });
  }

  /** Ends the plugin for good, calls that run included. @returns once it is gone. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#cancelRestart?.();
    this.#become('stopped');
    await this.#turn;
    void this.#held.replace(undefined);
    await Promise.all([...this.#open].map((instance) => this.#close(instance)));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // whoever asked for it hears of the failure
    return done;
  }

  #take(instance: Instance<T>): void {
    this.#open.add(instance);
    const startedAt = this.#world.clock.now();
    void instance.process?.ended.then((how) => this.#onEnd(instance, startedAt, how));
    if (this.#held.value === undefined && this.#hasRun) {
      this.#restarts++;
      this.#count('plugin.manager.restart_count');
    }
    void this.#held.replace(instance);
    this.#hasRun = true;
    this.#become('running');
  }

  async #close(instance: Instance<T>): Promise<void> {
    try {
      await instance.close();
    } catch (error) {
      this.#world.log.warn('failed to close a plugin', { ...this.#labels(), error });
    }
    this.#open.delete(instance);
  }

  #onEnd(instance: Instance<T>, startedAt: number, how: string): void {
    if (this.#held.value !== instance || this.#stop.signal.aborted) return;
    if (this.#world.clock.now() - startedAt >= soundRunMs) this.#failuresInARow = 0;
    void this.#held.replace(undefined);
    const pauseMs = this.#planRestart(how);
    const fields = { ...this.#labels(), error: how, pause: durationMs(pauseMs) };
    this.#world.log.warn('plugin ended and will be started again', fields);
  }

  /** @returns how long from now, in milliseconds. */
  #planRestart(why: string): number {
    const { clock, random, log } = this.#world;
    this.#failuresInARow++;
    this.#lastError = why;
    this.#become('waiting');
    const pauseMs = Math.round(backoffMs(this.#failuresInARow, pauses, random));
    this.#cancelRestart?.();
    this.#cancelRestart = clock.after(pauseMs, () => {
      this.apply(this.#plugin).catch((error: unknown) => {
        if (!this.#stop.signal.aborted) log.warn('plugin could not be started again', { ...this.#labels(), error });
      });
    });
    return pauseMs;
  }

  async #endIfHung(probed: { readonly instance: Instance<T>; readonly hasAnswered: boolean }): Promise<void> {
    const { clock, log } = this.#world;
    const { instance } = probed;
    for (let time = 0; time < probe.times; time++) {
      try {
        await withDeadline(clock, probe.ms, this.#stop.signal, async (signal) => instance.info(signal));
        return;
      } catch (error) {
        if (!(error instanceof DeadlineExceeded)) return; // it answered, if only with an error, or it ended
      }
      if (probed.hasAnswered) return;
    }
    log.error('plugin does not answer any more and is ended', this.#labels());
    await this.#close(instance);
  }

  #unavailable(): AutoscalerError {
    const facts = { blame: 'remote', retryable: true } as const;
    const why = this.#lastError === undefined ? '' : `: ${this.#lastError}`;
    return new AutoscalerError('plugin_unavailable', `plugin ${pluginName(this.#plugin)} is not running${why}`, facts);
  }

  #become(state: PluginState): void {
    this.#state = state;
    this.#since = this.#world.clock.now();
  }

  #labels() {
    return { plugin_name: this.#plugin.label, plugin_type: this.#plugin.type };
  }

  #count(name: string): void {
    this.#world.telemetry.counter(name, this.#labels()).add(1);
  }
}
