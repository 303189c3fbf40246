/** A plugin in JSON. */
import type { PluginView } from './view.ts';

export function pluginJson(plugin: PluginView): unknown {
  return {
    type: plugin.type,
    label: plugin.label,
    driver: plugin.driver,
    isolation: plugin.isolation,
    path: plugin.path,
    pid: plugin.pid,
    state: plugin.state,
    since: new Date(plugin.since).toISOString(),
    restarts: plugin.restarts,
    deadlines_missed: plugin.deadlinesMissed,
    circuit: plugin.circuit && {
      open_since: new Date(plugin.circuit.openSince).toISOString(),
      next_try_at: new Date(plugin.circuit.nextTryAt).toISOString(),
      unanswered: plugin.circuit.unanswered,
    },
    error: plugin.error,
    last_error: plugin.lastError,
  };
}
