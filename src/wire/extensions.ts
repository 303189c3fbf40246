/** Which of our extensions a plugin offers, found out by using them: upstream's plugins know none. */
import type * as grpc from '@grpc/grpc-js';
import type { Channel } from '../goplugin/channel.ts';
import { status } from '../goplugin/status.ts';
import type { PublishedSettings } from '../model/plugin.ts';
import { TargetStatusesService as Statuses } from './generated/extension/statuses.ts';
import { publishedSettings } from './settings.ts';

/** What a plugin offers beyond upstream's protocol. */
export interface Extensions {
  /** Full names of the services. */
  readonly services: readonly string[];
  /** The keys that it knows; undefined when it does not tell. */
  readonly settings: PublishedSettings | undefined;
}

/** @throws `RpcError` when the plugin cannot be asked. */
export async function extensionsOf(channel: Channel, signal: AbortSignal): Promise<Extensions> {
  const [hasStatuses, settings] = await Promise.all([offersStatuses(channel), publishedSettings(channel, signal)]);
  const names = { TargetStatuses: hasStatuses, PluginSettings: settings !== undefined };
  const offered = Object.entries(names).filter(([, isOffered]) => isOffered);
  return { services: offered.map(([name]) => `nomad_autoscaler.extension.v1.${name}`), settings };
}

/** Opens the stream, says nothing and ends it. */
function offersStatuses(channel: Pick<Channel, 'duplexStream'>): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = channel.duplexStream(Statuses.ask);
    stream.on('data', () => undefined);
    stream.on('error', () => undefined); // the status says the same
    stream.on('status', ({ code }: grpc.StatusObject) => resolve(code === status.ok));
    stream.end();
  });
}
