/** The variables by which a host speaks to the plugin that it starts. Pure. Source: spec go-plugin.md §3. */
import type { Cookie } from './handshake.ts';

export const variables = {
  minPort: 'PLUGIN_MIN_PORT',
  maxPort: 'PLUGIN_MAX_PORT',
  versions: 'PLUGIN_PROTOCOL_VERSIONS',
  clientCert: 'PLUGIN_CLIENT_CERT',
  multiplex: 'PLUGIN_MULTIPLEX_GRPC',
  socketGroup: 'PLUGIN_UNIX_SOCKET_GROUP',
  socketDir: 'PLUGIN_UNIX_SOCKET_DIR',
} as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What must not be handed down from the host's own environment. The first two would turn TLS or multiplexing on in a
 * plugin whose host never asked; the others make every plugin that is written for Node fight for one debugger port,
 * write coverage, or report to our test runner.
 */
const kept: ReadonlySet<string> = new Set([
  variables.clientCert,
  variables.multiplex,
  'NODE_OPTIONS',
  'NODE_V8_COVERAGE',
  'NODE_TEST_CONTEXT',
]);

export interface PluginVariables {
  readonly cookie: Cookie;
  /** Application versions, as offered. */
  readonly versions: readonly number[];
  readonly minPort: number;
  readonly maxPort: number;
  /** PEM; present when AutoMTLS is on. */
  readonly clientCert?: string;
  /** Whether everything is to share one connection. */
  readonly multiplex?: boolean;
  /** Group name or number that may connect to the plugin's sockets. */
  readonly socketGroup?: string;
  /** Where the plugin makes its sockets. */
  readonly socketDir?: string;
}

/**
 * The whole environment of a plugin, from weakest to strongest: what is configured for it, the host's own, and the
 * protocol's variables.
 *
 * Compat: the host's own value wins over one that is configured for the plugin.
 */
export function pluginEnvironment(
  configured: Environment,
  inherited: Environment,
  own: PluginVariables,
): Record<string, string> {
  const passed = Object.fromEntries(Object.entries(inherited).filter(([name]) => !kept.has(name)));
  const all: Environment = {
    ...configured,
    ...passed,
    [own.cookie.key]: own.cookie.value,
    [variables.minPort]: String(own.minPort),
    [variables.maxPort]: String(own.maxPort),
    [variables.versions]: own.versions.join(','),
    ...(own.clientCert === undefined ? {} : { [variables.clientCert]: own.clientCert }),
    ...(own.multiplex === true ? { [variables.multiplex]: 'true' } : {}),
    ...(own.socketGroup === undefined ? {} : { [variables.socketGroup]: own.socketGroup }),
    ...(own.socketDir === undefined ? {} : { [variables.socketDir]: own.socketDir }),
  };
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) env[name] = value;
  return env;
}
