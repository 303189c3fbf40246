/** The first lines of the log. Source: spec agent.md §8.4. */
import type { Logger } from '../lib/log.ts';
import type { AgentConfig } from './config.ts';

export function logBanner(log: Logger, config: AgentConfig, version: string): void {
  log.info('starting Nomad Autoscaler agent');
  const facts = {
    bind_addrs: config.http.bindAddress,
    high_availability: String(config.highAvailability.enabled),
    log_level: config.logLevel,
    plugins: config.pluginDir,
    policies: config.policy.dir,
    version,
  };
  if (config.logJson) {
    log.info('Nomad Autoscaler agent configuration', facts);
  } else {
    log.info('Nomad Autoscaler agent configuration:');
    log.info('');
    for (const [key, value] of Object.entries(facts))
      log.info(`${titles[key as keyof typeof facts].padStart(18)}: ${value}`);
    log.info('');
  }
  log.info('Nomad Autoscaler agent started! Log data will stream in below');
}

const titles = {
  bind_addrs: 'Bind Addrs',
  high_availability: 'High Availability',
  log_level: 'Log Level',
  plugins: 'Plugins',
  policies: 'Policies',
  version: 'Version',
};
