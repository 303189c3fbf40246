/** What the autoscaler's hosts and plugins agree on. Source: spec plugins.md §2.1. */
import type { Cookie } from '../goplugin/handshake.ts';

export const cookie: Cookie = {
  key: 'NOMAD_AUTOSCALER_PLUGIN_MAGIC_COOKIE',
  value: 'e082fa04d587a6525d683666fa253d6afda00f20c122c54a80a3ed57fec99ff3',
};

/** The application's protocol version. */
export const protocolVersion = 1;
