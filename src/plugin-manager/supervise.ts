/** Keeps one plugin alive: starts and configures it, starts it again when it ends, and knows what runs now. */
import type { Cancel } from '../lib/clock.ts';
import { durationMs } from '../lib/duration.ts';
import { AutoscalerError, briefly, explain } from '../lib/error.ts';
import { Held } from '../lib/held.ts';
import type { World } from '../lib/world.ts';
import type { Awaitable, CheckConfig, PluginType } from '../model/plugin.ts';
import type { OpenCircuit, Turn } from './breaker.ts';
import { type ConfiguredPlugin, pluginName } from './catalog.ts';
import { FailureRow } from './failure-row.ts';
import type { Instance, Launcher } from './launch.ts';
import { Responsiveness } from './responsiveness.ts';
import type { PluginState, PluginStatus } from './status.ts';

/** A signal to a whole group, as Ctrl-C is one, may end a plugin before the agent hears of it. */
const stopHeardMs = 200;

/** What runs now, and whether it answers. */
export interface Live<T extends PluginType> {
  readonly instance: Instance<T>;
  readonly answers: Responsiveness;
}

export class SupervisedPlugin<T extends PluginType = PluginType> {
  readonly #type: T;
  #plugin: ConfiguredPlugin;
  readonly #world: World;
  readonly #launcher: Launcher;
  readonly #held = new Held<Live<T>>(({ instance }) => this.#close(instance));
  /** Everything that is open, also what was replaced and still has calls running. */
  readonly #open = new Set<Instance<T>>();
  readonly #stop = new AbortController();
  /** Starting, configuring and restarting happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #state: PluginState = 'starting';
  #since: number;
  #hasRun = false;
  #restarts = 0;
  readonly #failures: FailureRow;
  #deadlinesMissed = 0;
  #lastError: string | undefined;
  #cancelRestart: Cancel | undefined;
  #checkPolicyConfig: CheckConfig | undefined;

  constructor(type: T, plugin: ConfiguredPlugin, launcher: Launcher, world: World) {
    this.#type = type;
    this.#plugin = plugin;
    this.#launcher = launcher;
    this.#world = world;
    this.#failures = new FailureRow(world, this.#labels());
    this.#since = world.clock.now();
  }

  /** How to check the map of a policy; undefined for a plugin that publishes nothing. */
  get checkPolicyConfig(): CheckConfig | undefined {
    return this.#checkPolicyConfig;
  }

  get status(): PluginStatus {
    const { type, label, driver } = this.#plugin;
    const live = this.#held.value?.instance;
    const circuit = this.#held.value?.answers.circuit;
    const isTroubled = this.#state === 'waiting' || circuit !== undefined;
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
      ...(circuit && { circuit }),
      ...(isTroubled && this.#lastError !== undefined && { error: this.#lastError }),
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
      const live = this.#held.value?.instance;
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
        if (live === undefined && !this.#stop.signal.aborted) this.#onFailedStart(error);
        throw error;
      }
    });
  }

  /**
   * Runs a call on what runs now.
   *
   * @param call  is handed the turn that belongs to it; whoever makes the call tells `live.answers` how it went.
   * @throws      `plugin_unavailable` (retryable) at once when nothing runs, or when what runs has left too many calls unanswered.
   */
  use<R>(call: (live: Live<T>, turn: Turn) => Awaitable<R>): Awaitable<R> {
    return this.#held.use(
      (live) => {
        const turn = live.answers.admit();
        if (turn === undefined) throw this.#refused(live);
        return call(live, turn);
      },
      () => this.#unavailable(),
    );
  }

  /** To be told of a call that got no answer, and why. */
  unanswered(live: Live<T>, turn: Turn, error: AutoscalerError): void {
    const hasTimedOut = error.code === 'deadline_exceeded';
    if (hasTimedOut) {
      this.#deadlinesMissed++;
      this.#count('plugin.manager.deadline_exceeded_count');
    }
    if (this.#held.value === live) this.#lastError = explain(error); // else it is known why it ended
    live.answers.unanswered(turn, hasTimedOut);
  }

  /** From now on its end is expected, whoever brings it about, and nothing is started any more. Calls go on. */
  expectEnd(): void {
    this.#stop.abort();
    this.#cancelRestart?.();
    this.#failures.cancel();
  }

  /** Kills every process of it at once, unasked. */
  kill(): void {
    this.expectEnd();
    for (const { process } of this.#open) process?.kill();
  }

  /** Ends the plugin for good, calls that run included. @returns once it is gone. */
  async close(): Promise<void> {
    this.expectEnd();
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
    const { clock, log } = this.#world;
    this.#open.add(instance);
    void instance.process?.ended.then((how) => this.#onEnd(instance, how));
    if (this.#held.value === undefined && this.#hasRun) {
      this.#restarts++;
      this.#count('plugin.manager.restart_count');
    }
    const answers = new Responsiveness(instance, clock, this.#stop.signal, {
      onOpen: (circuit) => this.#onCircuitOpen(circuit),
      onClose: () => {
        log.info('plugin answers again', this.#labels());
        this.#tellWhetherItWorks();
      },
      onHung: () => {
        log.error('plugin does not answer any more and is ended', this.#labels());
        void this.#close(instance);
      },
    });
    void this.#held.replace({ instance, answers });
    this.#hasRun = true;
    this.#become('running');
    this.#failures.started();
  }

  #onCircuitOpen({ unanswered }: OpenCircuit): void {
    this.#count('plugin.manager.circuit_open_count');
    const fields = { ...this.#labels(), unanswered, error: this.#lastError };
    this.#world.log.warn('plugin does not answer, calls are refused until it does', fields);
    this.#tellWhetherItWorks();
  }

  async #close(instance: Instance<T>): Promise<void> {
    try {
      await instance.close();
    } catch (error) {
      this.#world.log.warn('failed to close a plugin', { ...this.#labels(), error });
    }
    this.#open.delete(instance);
  }

  #onEnd(instance: Instance<T>, how: string): void {
    if (this.#held.value?.instance !== instance || this.#stop.signal.aborted) return;
    void this.#held.replace(undefined);
    const pauseMs = this.#planRestart(how);
    this.#world.clock.after(stopHeardMs, () => {
      if (this.#stop.signal.aborted) return;
      this.#failures.tell('plugin ended and will be started again', { error: how, pause: durationMs(pauseMs) });
    });
  }

  #onFailedStart(error: unknown): void {
    const why = briefly(error);
    const message = `plugin could not be started${this.#lastError === undefined ? '' : ' again'}`;
    const pauseMs = this.#planRestart(why);
    this.#failures.tell(message, { error: why, pause: durationMs(pauseMs) });
    const whole = explain(error);
    if (whole !== why) this.#world.log.debug(message, { ...this.#labels(), error: whole });
  }

  /** @returns how long from now, in milliseconds. */
  #planRestart(why: string): number {
    this.#lastError = why;
    this.#become('waiting');
    const pauseMs = this.#failures.add();
    this.#cancelRestart?.();
    this.#cancelRestart = this.#world.clock.after(pauseMs, () => {
      this.apply(this.#plugin).catch(() => undefined); // it is told where it failed
    });
    return pauseMs;
  }

  #refused({ answers: { circuit } }: Live<T>): AutoscalerError {
    this.#count('plugin.manager.refused_count');
    const leftMs = Math.max((circuit?.nextTryAt ?? 0) - this.#world.clock.now(), 0);
    const calls = circuit?.unanswered ?? 0;
    const why = `left ${calls} calls in a row unanswered and is tried again in ${durationMs(leftMs)}`;
    return unavailable(`plugin ${pluginName(this.#plugin)} ${why}`, this.#lastError);
  }

  #unavailable(): AutoscalerError {
    const isStarting = this.#state === 'starting' && this.#lastError === undefined;
    return unavailable(
      `plugin ${pluginName(this.#plugin)} is ${isStarting ? 'still starting' : 'not running'}`,
      this.#lastError,
    );
  }

  #become(state: PluginState): void {
    this.#state = state;
    this.#since = this.#world.clock.now();
    this.#tellWhetherItWorks();
  }

  #tellWhetherItWorks(): void {
    const works = this.#state === 'running' && this.#held.value?.answers.circuit === undefined;
    this.#world.telemetry.gauge('plugin.manager.working', this.#labels()).set(works ? 1 : 0);
  }

  #labels() {
    return { plugin_name: this.#plugin.label, plugin_type: this.#plugin.type };
  }

  #count(name: string): void {
    this.#world.telemetry.counter(name, this.#labels()).add(1);
  }
}

function unavailable(message: string, why: string | undefined): AutoscalerError {
  const text = why === undefined ? message : `${message}: ${why}`;
  return new AutoscalerError('plugin_unavailable', text, { blame: 'remote', retryable: true });
}
