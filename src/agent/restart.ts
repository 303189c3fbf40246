/** Which changes of the configuration a running agent cannot follow. */
import type { AgentConfig } from './config.ts';

const fixed: Readonly<Record<string, (config: AgentConfig) => unknown>> = {
  http: ({ http }) => http,
  plugin_dir: ({ pluginDir }) => pluginDir,
  log_json: ({ logJson }) => logJson,
  log_include_location: ({ logIncludeLocation }) => logIncludeLocation,
  enable_debug: ({ enableDebug }) => enableDebug,
  telemetry: ({ telemetry }) => telemetry,
  high_availability: ({ highAvailability }) => highAvailability,
};

/** A line for each setting that changed and takes effect with the next start only. */
export function needsRestart(before: AgentConfig, after: AgentConfig): readonly string[] {
  return Object.entries(fixed).flatMap(([name, pick]) =>
    JSON.stringify(pick(before)) === JSON.stringify(pick(after))
      ? []
      : [`${name} changed; this takes effect with the next start`],
  );
}
