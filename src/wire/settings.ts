/** The keys that a plugin publishes, between model/ and the extension service of proto/. */
import type { Channel } from '../goplugin/channel.ts';
import { type Service, unary } from '../goplugin/service.ts';
import { RpcError, status } from '../goplugin/status.ts';
import type { PublishedSettings, Setting } from '../model/plugin.ts';
import { PluginSettingsService as Wire, type Setting as WireSetting } from './generated/extension/settings.ts';

/** Tells a host what the plugin publishes. */
export function settingsService({ agent, policy }: PublishedSettings): Service {
  const response = { agent: agent.map(toWire), policy: policy.map(toWire) };
  return { definition: Wire, implementation: { describe: unary(() => response) } };
}

/** @returns undefined for a plugin that publishes nothing. @throws `RpcError` */
export async function publishedSettings(
  channel: Pick<Channel, 'unary'>,
  signal: AbortSignal,
): Promise<PublishedSettings | undefined> {
  try {
    const { agent, policy } = await channel.unary(Wire.describe, {}, signal);
    return { agent: agent.map(fromWire), policy: policy.map(fromWire) };
  } catch (error) {
    if (error instanceof RpcError && error.status === status.unimplemented) return undefined;
    throw error;
  }
}

function toWire({ key, type, required, default: fallback = '', env = '', doc }: Setting): WireSetting {
  return { key, type, required, default: fallback, env, doc };
}

function fromWire({ key, type, required, default: fallback, env, doc }: WireSetting): Setting {
  return {
    key,
    type,
    required,
    doc,
    ...(fallback === '' ? {} : { default: fallback }),
    ...(env === '' ? {} : { env }),
  };
}
