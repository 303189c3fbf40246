/** From settings to a way of asking one Instana. Source: spec plugins.md §11. */
import {
  type HttpService,
  hiding,
  httpAddress,
  mostSeriesBytes,
  openHttpService,
  type PluginWorld,
  usageError,
} from 'nomad-autoscaler/sdk';
import { type Config, endpointMissing, tokenMissing, tokenVariable } from './config.ts';

export interface Instana extends HttpService {
  /** Takes the token out of a text that somebody else wrote. */
  hide(text: string): string;
}

/** @throws `invalid_config` (usage) with upstream's texts. */
export async function connect({ endpoint, apiToken }: Config, world: PluginWorld): Promise<Instana> {
  const written = endpoint.trim();
  if (written === '') throw usageError('invalid_config', endpointMissing);
  const address = httpAddress('endpoint', written);
  const token = apiToken.trim() || (world.env[tokenVariable] ?? '').trim();
  if (token === '') throw usageError('invalid_config', tokenMissing);
  const headers = {
    Authorization: `apiToken ${token}`,
    'Content-Type': 'application/json',
    Accept: 'application/json',
  };
  const service = await openHttpService({ address, headers, maxBytes: mostSeriesBytes }, world);
  return { ...service, hide: hiding([token]) };
}
