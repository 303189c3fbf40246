/** An autoscaler plugin as a process of its own. */
import type { ServeWorld } from '../goplugin/lifetime.ts';
import { servePlugin as serve } from '../goplugin/serve.ts';
import { cookie, protocolVersion } from './profile.ts';
import { type Plugin, pluginServices } from './services.ts';

/** Serves the plugin until its host ends it; closes the session then. Requests may be of any size. */
export function servePlugin(plugin: Plugin, world: ServeWorld): Promise<void> {
  const versions = { [protocolVersion]: pluginServices(plugin) };
  return serve({ cookie, versions, largestRequest: -1, close: () => plugin.session.close() }, world);
}
