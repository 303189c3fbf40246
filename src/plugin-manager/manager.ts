/** All configured plugins: starts, reloads and ends them, and hands out calls by label. */
import type {
  ApmCalls,
  CheckConfig,
  PluginSchemas,
  PluginType,
  PluginWorld,
  StrategyCalls,
  TargetCalls,
} from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { blockKey, type PluginBlock } from './catalog.ts';
import { deadlines } from './deadline.ts';
import { createLauncher, managerLog, type OpenProcess } from './launch.ts';
import { PluginsOfType } from './plugins-of-type.ts';
import type { Shelf } from './select.ts';
import { apmCalls, strategyCalls, targetCalls } from './session.ts';
import type { PluginStatus } from './status.ts';

/** What the agent's configuration says about plugins. */
export interface PluginsConfig {
  /** Of those with the same type and label the last one counts. */
  readonly blocks: readonly PluginBlock[];
  /** The agent's way to Nomad as `nomad_*` keys, for plugins to inherit; what is unset is not among them. */
  readonly nomad: StringMap;
}

export interface ManagerOptions {
  readonly shelf: Shelf;
  readonly openProcess: OpenProcess;
  /** Its log is the root. */
  readonly world: PluginWorld;
}

export class PluginManager implements PluginSchemas {
  readonly #types: { readonly [T in PluginType]: PluginsOfType<T> };

  constructor({ shelf, openProcess, world }: ManagerOptions) {
    const launcher = createLauncher({ shelf, openProcess, world, deadlines });
    const own = { ...world, log: world.log.named(managerLog) };
    this.#types = {
      apm: new PluginsOfType('apm', (find) => apmCalls(find, deadlines, world), launcher, own),
      strategy: new PluginsOfType('strategy', (find) => strategyCalls(find, deadlines, world), launcher, own),
      target: new PluginsOfType('target', (find) => targetCalls(find, deadlines, world), launcher, own),
    };
  }

  /**
   * Brings what runs to what is configured, all plugins at the same time: ends what is gone from the configuration, starts
   * what is new or does not run, configures the rest, and replaces what would now be started in another way. A plugin that
   * fails stops no other; what ran goes on as it was, and what did not run is tried again by itself.
   *
   * @returns what went wrong, an error per plugin.
   */
  async apply({ blocks, nomad }: PluginsConfig): Promise<readonly Error[]> {
    const wanted = new Map(blocks.map((block) => [blockKey(block), block]));
    const gone = this.list().filter((plugin) => !wanted.has(blockKey(plugin)));
    const removals = gone.map(({ type, label }) => this.#types[type].remove(label));
    const results = await Promise.all(
      [...wanted.values()].map((block) => this.#types[block.type].apply({ ...block, nomad })),
    );
    await Promise.all(removals);
    return results.filter((result) => result !== undefined);
  }

  /**
   * Calls by the label of an APM. They lead to what runs at the time of each call, and fail with `plugin_not_stored` when
   * no such plugin is configured then.
   */
  apm(label: string): ApmCalls {
    return this.#types.apm.calls(label);
  }

  /** As `apm`. */
  strategy(label: string): StrategyCalls {
    return this.#types.strategy.calls(label);
  }

  /** As `apm`. */
  target(label: string): TargetCalls {
    return this.#types.target.calls(label);
  }

  policyConfig(type: PluginType, label: string): CheckConfig | undefined {
    return this.#types[type].policyConfig(label);
  }

  list(): readonly PluginStatus[] {
    const { apm, strategy, target } = this.#types;
    return [...apm.list(), ...strategy.list(), ...target.list()];
  }

  /** The agent is about to stop: that plugins end is no news any more, and none is started again. Calls go on. */
  expectEnd(): void {
    for (const plugins of Object.values(this.#types)) plugins.expectEnd();
  }

  /** Kills the processes of all plugins at once, unasked: a plugin need not notice that its host is gone. */
  kill(): void {
    for (const plugins of Object.values(this.#types)) plugins.kill();
  }

  /** Ends all plugins at once, in bounded time. Calls fail from now on. */
  async close(): Promise<void> {
    await Promise.all(this.list().map(({ type, label }) => this.#types[type].remove(label)));
  }
}
