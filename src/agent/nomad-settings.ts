/** How the agent reaches Nomad: the environment, and the `nomad` block over it. Source: spec agent.md §6. */
import { inContext, usageError } from '../lib/error.ts';
import { shownAddress } from '../lib/secret.ts';
import { type NomadSettings, parseAddress, settingsFromEnv } from '../nomad/settings.ts';
import { readTls } from '../nomad/tls.ts';
import type { NomadConfig } from './config.ts';

export interface NomadAccess {
  /** For the client, and for plugins to inherit. The namespace is `*` when several are watched. */
  readonly settings: NomadSettings;
  /** Only policies of targets in these namespaces count; undefined: whatever Nomad lists. */
  readonly onlyNamespaces?: readonly string[];
}

/** Pure: `env` is handed in. A `skip_verify = false` undoes the environment's, unlike upstream's. */
export function nomadAccess(config: NomadConfig, env: Readonly<Record<string, string | undefined>>): NomadAccess {
  const base = settingsFromEnv(env);
  const { namespace } = config;
  const filled = <K extends string>(key: K, value: string) =>
    (value === '' ? {} : { [key]: value }) as { readonly [P in K]?: string };
  const settings: NomadSettings = {
    ...base,
    ...filled('address', config.address),
    ...filled('region', config.region),
    ...filled('namespace', namespace.length > 1 ? '*' : (namespace[0] ?? '')),
    ...filled('token', config.token),
    ...filled('httpAuth', config.httpAuth),
    tls: {
      ...base.tls,
      ...filled('caCert', config.caCert),
      ...filled('caPath', config.caPath),
      ...filled('clientCert', config.clientCert),
      ...filled('clientKey', config.clientKey),
      ...filled('serverName', config.tlsServerName),
      ...(config.skipVerify === undefined ? {} : { skipVerify: config.skipVerify }),
    },
    waitMs: config.blockQueryWaitTimeMs,
  };
  return namespace.length > 1 ? { settings, onlyNamespaces: namespace } : { settings };
}

/**
 * Whether a client could be made: the address and the certificates. Nothing is asked of Nomad.
 *
 * @throws `failed to instantiate Nomad client: …` (usage).
 */
export async function checkAccess({ settings }: NomadAccess): Promise<void> {
  try {
    refuseControlCharacters(settings.address);
    parseAddress(settings.address);
    await readTls(settings.tls);
  } catch (cause) {
    throw inContext('failed to instantiate Nomad client', cause);
  }
}

/** Compat: Go's words for what its URL parser refuses first. */
function refuseControlCharacters(address: string): void {
  if (!/\p{Cc}/u.test(address)) return;
  const shown = shownAddress(address);
  const why = `parse ${JSON.stringify(shown)}: net/url: invalid control character in URL`;
  throw usageError('invalid_address', `invalid address '${shown}': ${why}`);
}
