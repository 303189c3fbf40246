/** The availability zones that servers are spread over when a policy names none. Source: spec os-nova.md §4.2. */
import { explain, type PluginWorld, withDeadline } from 'nomad-autoscaler/sdk';
import type { Cloud, Zone } from '../cloud.ts';
import { discoveryMs } from './microversion.ts';

/** Every zone but `nova`, which is where hosts are that nobody gave a zone. */
export const defaultZones = (zones: readonly Zone[]): readonly string[] =>
  zones.map(({ name }) => name).filter((name) => name !== 'nova');

/** Says which zones there are. Not knowing is no error: they are asked for again when they are needed. */
export async function tellZones(
  cloud: Pick<Cloud, 'zones'>,
  { clock, log }: Pick<PluginWorld, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const names = defaultZones(await withDeadline(clock, discoveryMs, signal, (inner) => cloud.zones(inner)));
    if (names.length === 0) log.warn('No information about AV zones was discovered');
    else log.info(`discovered the following AZs: [${names.join(' ')}], saving as default`);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn(`failed to list nova availability zones: ${explain(error)}`);
  }
}
