/** Who leads and who is there. Compat: spec nomad-api.md §11. */
import { jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Handler, type Routes } from './router.ts';

export function statusRoutes({ identity }: ApiParts): Routes {
  const fixed =
    (value: unknown): Handler =>
    (call) =>
      byMethod(call, { read: () => jsonReply(value, call.isPretty) });
  return {
    exact: {
      '/v1/status/leader': fixed(identity.rpcAddress),
      '/v1/status/peers': fixed([identity.rpcAddress]),
      '/v1/regions': fixed([identity.region]),
    },
  };
}
