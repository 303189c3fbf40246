/** Brokered connections with a listener each. Source: spec go-plugin.md §9.5. */
import { AutoscalerError } from '../lib/error.ts';
import type { Connections } from './broker.ts';
import type { BrokerLine } from './broker-line.ts';
import { grpcBind, type Listening, type ListenOptions, listen } from './listener.ts';

/** A place that somebody tells of; where it can be dialed its network is `unix` or `tcp`. */
export interface Place {
  readonly network: string;
  readonly address: string;
}

/** Addresses where the two sides see different ones. */
export interface Translations {
  /** From one that this side can reach to the other side's. */
  readonly outgoing?: ((place: Place) => Place | Promise<Place>) | undefined;
  readonly incoming?: ((place: Place) => Place | Promise<Place>) | undefined;
}

/** @param where  the listeners of this side are made. */
export function directConnections(
  line: BrokerLine,
  where: ListenOptions,
  translations: Translations = {},
): Connections {
  const { incoming = asIs, outgoing = asIs } = translations;
  return {
    async offer(serviceId, server, credentials) {
      const listening = await listen(grpcBind(server, credentials), where);
      const { network, address } = await outgoing(listening);
      line.send({ serviceId, network, address });
      return () => undefined; // the socket goes with the server
    },
    async reach(id, signal) {
      const told = await line.take(id, 'timeout waiting for connection info', signal);
      return { at: known(await incoming(told)), close: () => undefined };
    },
  };
}

const asIs = (place: Place): Place => place;

function known({ network, address }: Place): Listening {
  if (network === 'unix' || network === 'tcp') return { network, address };
  throw new AutoscalerError('plugin_failed', `unknown address type: ${address}`, { blame: 'remote' });
}
