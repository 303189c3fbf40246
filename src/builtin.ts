/** The plugins that come with this program. The only file of src/ that imports plugins/, and only when one is wanted. */
import { fileURLToPath } from 'node:url';
import type { PluginDefinition, PluginType } from './model/plugin.ts';
import type { BundledPlugin, Command } from './plugin-manager/select.ts';

interface Bundle {
  readonly type: PluginType;
  /** Folder in plugins/<type>/ where that is not the driver's name. */
  readonly folder?: string;
  readonly load: () => Promise<{ readonly plugin: PluginDefinition }>;
}

/** By driver. */
const bundles: Readonly<Record<string, Bundle>> = {
  datadog: { type: 'apm', load: () => import('../plugins/apm/datadog/index.ts') },
  'fixed-value': { type: 'strategy', load: () => import('../plugins/strategy/fixed-value/index.ts') },
  influxdb: { type: 'apm', load: () => import('../plugins/apm/influxdb/index.ts') },
  instana: { type: 'apm', load: () => import('../plugins/apm/instana/index.ts') },
  'nomad-apm': { type: 'apm', folder: 'nomad', load: () => import('../plugins/apm/nomad/index.ts') },
  'nomad-target': { type: 'target', folder: 'nomad', load: () => import('../plugins/target/nomad/index.ts') },
  'os-nova': { type: 'target', load: () => import('../plugins/target/os-nova/index.ts') },
  'pass-through': { type: 'strategy', load: () => import('../plugins/strategy/pass-through/index.ts') },
  prometheus: { type: 'apm', load: () => import('../plugins/apm/prometheus/index.ts') },
  'target-value': { type: 'strategy', load: () => import('../plugins/strategy/target-value/index.ts') },
  threshold: { type: 'strategy', load: () => import('../plugins/strategy/threshold/index.ts') },
};

/**
 * @param node  the executable of the Node that runs this program; it runs the plugins' processes as well, whatever `node`
 *              may be in their PATH.
 */
export function bundledPlugins(node: string): readonly BundledPlugin[] {
  return Object.entries(bundles).map(([driver, bundle]) => ({
    driver,
    type: bundle.type,
    load: async () => (await bundle.load()).plugin,
    command: commandOf(node, driver, bundle),
  }));
}

/** Run from its sources, the program runs a plugin's sources; built, it runs the executable that was built with it. */
function commandOf(node: string, driver: string, { type, folder = driver }: Bundle): Command {
  const here = import.meta.url;
  if (here.endsWith('.ts')) {
    const main = fileURLToPath(new URL(`../plugins/${type}/${folder}/main.ts`, here));
    return { path: node, args: ['--conditions=source', main] };
  }
  // This file may be part of bin/nomad-autoscaler.js, one of its chunks, or src/builtin.js beside bin/.
  const built = here.replace(/\/(?:src|bin|bin\/chunks)\/[^/]*$/, `/bin/plugins/${driver}`);
  return { path: node, args: [fileURLToPath(built)] };
}
