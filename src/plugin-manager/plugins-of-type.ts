/** The plugins of one type by label. */
import { explain, inContext, usageError } from '../lib/error.ts';
import type { Sample } from '../lib/telemetry.ts';
import type { World } from '../lib/world.ts';
import type { CallTypes, CheckConfig, PluginType } from '../model/plugin.ts';
import type { ConfiguredPlugin } from './catalog.ts';
import type { Launcher } from './launch.ts';
import type { Find } from './session.ts';
import type { PluginStatus } from './status.ts';
import { SupervisedPlugin } from './supervise.ts';

/** The calls of one label, and how long it took to come by them. */
interface Handle<T extends PluginType> {
  readonly calls: CallTypes[T];
  readonly access: Sample;
}

export class PluginsOfType<T extends PluginType> {
  readonly #type: T;
  readonly #makeCalls: (find: Find<T>) => CallTypes[T];
  readonly #launcher: Launcher;
  readonly #world: World;
  readonly #plugins = new Map<string, SupervisedPlugin<T>>();
  /** On their way out. */
  readonly #leaving = new Set<SupervisedPlugin<T>>();
  /** They stay when a plugin goes: whoever holds one gets the next plugin of that label. */
  readonly #handles = new Map<string, Handle<T>>();

  constructor(type: T, makeCalls: (find: Find<T>) => CallTypes[T], launcher: Launcher, world: World) {
    this.#type = type;
    this.#makeCalls = makeCalls;
    this.#launcher = launcher;
    this.#world = world;
  }

  calls(label: string): CallTypes[T] {
    const startedAt = this.#world.clock.elapsed();
    const { calls, access } = this.#handle(label);
    access.observe(this.#world.clock.elapsed() - startedAt);
    return calls;
  }

  /** @returns why it does not work, or not as configured. */
  async apply(plugin: ConfiguredPlugin): Promise<Error | undefined> {
    let supervised = this.#plugins.get(plugin.label);
    if (supervised === undefined) {
      supervised = new SupervisedPlugin(this.#type, plugin, this.#launcher, this.#world);
      this.#plugins.set(plugin.label, supervised);
    }
    try {
      await supervised.apply(plugin);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(explain(error));
    }
  }

  async remove(label: string): Promise<void> {
    const supervised = this.#plugins.get(label);
    this.#plugins.delete(label);
    this.#world.log.info('shutting down plugin', { plugin_name: label });
    if (supervised === undefined) return;
    this.#leaving.add(supervised);
    await supervised.close();
    this.#leaving.delete(supervised);
  }

  expectEnd(): void {
    for (const plugin of this.#plugins.values()) plugin.expectEnd();
  }

  kill(): void {
    for (const plugin of [...this.#plugins.values(), ...this.#leaving]) plugin.kill();
  }

  policyConfig(label: string): CheckConfig | undefined {
    return this.#plugins.get(label)?.checkPolicyConfig;
  }

  list(): readonly PluginStatus[] {
    return [...this.#plugins.values()].map((plugin) => plugin.status);
  }

  #handle(label: string): Handle<T> {
    const known = this.#handles.get(label);
    if (known !== undefined) return known;
    const labels = { plugin_name: label, plugin_type: this.#type };
    const handle = {
      calls: this.#makeCalls(() => this.#find(label)),
      access: this.#world.telemetry.sample('plugin.manager.access_ms', labels),
    };
    this.#handles.set(label, handle);
    return handle;
  }

  #find(label: string): SupervisedPlugin<T> {
    const plugin = this.#plugins.get(label);
    if (plugin !== undefined) return plugin;
    const known = [...this.#plugins.keys()].map((one) => JSON.stringify(one)).join(', ');
    const why = `failed to dispense plugin: "${label}" of type "${this.#type}" is not stored; stored are ${known || 'none'}`;
    const error = usageError('plugin_not_stored', why);
    // Compat: upstream says more for an APM and a strategy than for a target.
    throw this.#type === 'target' ? error : inContext(`${this.#type} plugin "${label}" not initialized`, error);
  }
}
