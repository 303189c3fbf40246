/** The part of the agent that works: plugins, the heart, and the sources of policies. Source: spec agent.md §1.1, step 10. */
import { waitAtMost } from '../lib/clock.ts';
import { AutoscalerError, briefly, errorList, explain, isAbort, usageError } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { Telemetry } from '../lib/telemetry.ts';
import type { PluginWorld } from '../model/plugin.ts';
import type { Policy } from '../model/policy.ts';
import type { TickReport } from '../model/tick.ts';
import { settingsToConfig } from '../nomad/settings.ts';
import { PluginManager } from '../plugin-manager/manager.ts';
import type { PluginStatus } from '../plugin-manager/status.ts';
import { type RunningPolicy, type Scaling, startScaling } from '../scaling/handlers.ts';
import type { AgentConfig } from './config.ts';
import type { NomadAccess } from './nomad-settings.ts';
import type { AgentParts } from './parts.ts';
import { nomadApmLabels } from './policy-settings.ts';
import { hasSource, Sources } from './sources.ts';

/** Policies are not kept waiting for longer by a plugin that starts slowly. */
const pluginsMs = 10_000;
/** Scale calls may end by themselves for this long at a stop; then they are aborted. */
const stopMs = 3_000;

export class Running {
  readonly #world: PluginWorld;
  readonly #log: Logger;
  readonly #plugins: PluginManager;
  readonly #scaling: Scaling;
  readonly #sources: Sources;
  /** Read anew by the heart whenever a policy changes. */
  readonly #nomadApms = new Set<string>();
  #isStarted = false;
  #isStopping = false;

  private constructor(config: AgentConfig, world: PluginWorld, plugins: PluginManager) {
    this.#world = world;
    this.#log = world.log.named('agent');
    this.#plugins = plugins;
    this.#scaling = startScaling({
      world,
      plugins,
      workers: workersOf(config),
      apmLabelsOfNomadDriver: this.#nomadApms,
      collectionIntervalMs: config.telemetry.collectionIntervalMs,
    });
    this.#sources = new Sources({
      world,
      plugins,
      onPolicies: (source, policies) => this.#scaling.apply(source, policies),
    });
  }

  /** Opens nothing yet. */
  static async create(config: AgentConfig, parts: AgentParts, log: Logger, telemetry: Telemetry): Promise<Running> {
    const { clock, random, env } = parts;
    const world = { clock, random, env, log, telemetry };
    const shelf = { pluginDir: config.pluginDir, bundled: parts.bundled, findExecutable: parts.findExecutable };
    const openProcess = await parts.processes(world);
    return new Running(config, world, new PluginManager({ shelf, openProcess, world }));
  }

  /**
   * Starts plugins, then takes policies. A plugin that takes its time keeps nobody waiting for longer than 10 s.
   *
   * @throws `plugins_failed` when plugins can never work as configured, `no_policy_source`; nothing is left running.
   */
  async start(config: AgentConfig, access: NomadAccess): Promise<void> {
    this.#useNomadApms(config);
    const launched = this.#launch(config, access);
    const errors = (await waitAtMost(this.#world.clock, pluginsMs, launched))?.value;
    const fatal = errors?.filter((error) => !isPassing(error)) ?? [];
    if (fatal.length > 0) {
      await this.stop();
      throw new AutoscalerError('plugins_failed', `failed to setup plugins: ${listOf(fatal)}`, { blame: 'usage' });
    }
    if (!hasSource(config)) {
      await launched;
      await this.stop();
      throw usageError('no_policy_source', 'failed to setup policy manager: no policy source available');
    }
    if (errors !== undefined && errors.length > 0)
      this.#log.error('failed to setup plugins', { error: briefListOf(errors) });
    await this.#sources.apply(config, access);
    this.#isStarted = true;
    if (errors === undefined) this.#lookAgainAfter(launched, 'failed to setup plugins', config, access);
  }

  /** Goes over to another configuration; what fails is logged and stops nothing else. Once it stops nothing is started. */
  async reload(config: AgentConfig, access: NomadAccess): Promise<void> {
    if (this.#isStopping) return;
    this.#useNomadApms(config);
    this.#scaling.resize(workersOf(config));
    this.#log.debug('reloading plugins');
    const launched = this.#launch(config, access);
    const errors = (await waitAtMost(this.#world.clock, pluginsMs, launched))?.value;
    if (errors !== undefined && errors.length > 0)
      this.#log.error('failed to reload plugins', { error: briefListOf(errors) });
    this.#log.debug('reloading policy sources');
    await this.#sources.apply(config, access);
    if (errors === undefined) this.#lookAgainAfter(launched, 'failed to reload plugins', config, access);
  }

  /** Policies first, plugins last: what they do may take its time. A signal may have reached the plugins as well. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#plugins.expectEnd();
    await this.#sources.close();
    await this.#scaling.close(stopMs);
    await this.#plugins.close();
  }

  /** Leaves no plugin behind when nobody waits for the end of a stop. */
  killPlugins(): void {
    this.#plugins.kill();
  }

  /** Plugins had their time, and the files were read. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  policies(): readonly Policy[] {
    return this.#sources.policies();
  }

  state(id: string): RunningPolicy | undefined {
    return this.#scaling.state(id);
  }

  reports(id: string): readonly TickReport[] {
    return this.#scaling.reports(id);
  }

  plugins(): readonly PluginStatus[] {
    return this.#plugins.list();
  }

  problems(): readonly string[] {
    const targets = this.policies().flatMap(({ id }) => this.#scaling.reports(id).at(-1)?.status?.problem ?? []);
    return [...this.#sources.problems(), ...this.#plugins.list().flatMap(problemOf), ...new Set(targets)];
  }

  warnings(): readonly string[] {
    return this.#sources.warnings();
  }

  #launch(config: AgentConfig, { settings }: NomadAccess): Promise<readonly Error[]> {
    return this.#plugins.apply({ blocks: config.plugins, nomad: settingsToConfig(settings) });
  }

  /** What the policy files say about a plugin can be judged only once it is there. */
  #lookAgainAfter(
    launched: Promise<readonly Error[]>,
    failure: string,
    config: AgentConfig,
    access: NomadAccess,
  ): void {
    launched
      .then(async (errors) => {
        if (errors.length > 0) this.#log.error(failure, { error: briefListOf(errors) });
        await this.#sources.apply(config, access);
      })
      .catch((error) => {
        if (!isAbort(error)) this.#log.error(failure, { error: explain(error) });
      });
  }

  #useNomadApms(config: AgentConfig): void {
    this.#nomadApms.clear();
    for (const label of nomadApmLabels(config)) this.#nomadApms.add(label);
  }
}

function problemOf({ label, state, circuit, error = state }: PluginStatus): readonly string[] {
  if (circuit !== undefined) return [`plugin ${label}: left ${circuit.unanswered} calls in a row unanswered: ${error}`];
  return state === 'running' ? [] : [`plugin ${label}: ${error}`];
}

function workersOf({ workers }: AgentConfig) {
  return { horizontal: workers['horizontal'] ?? 0, cluster: workers['cluster'] ?? 0 };
}

/** What the supervisor may mend by trying again. */
function isPassing(error: Error): boolean {
  return error instanceof AutoscalerError && error.retryable;
}

const briefListOf = (errors: readonly Error[]): string => errorList(errors.map(briefly));

/** Compat: whole, as upstream's. */
function listOf(errors: readonly Error[]): string {
  return errorList(errors.map(explain));
}
