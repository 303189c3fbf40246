/** The stream on which both sides would tell each other of further connections. None are offered or used here. */
import type { Channel } from './channel.ts';
import { GRPCBrokerService } from './generated/goplugin/broker.ts';

/** Opens the host's end, as plugins expect of a host, and holds it until the channel ends. */
export function holdBroker(channel: Channel): void {
  const stream = channel.duplexStream(GRPCBrokerService.startStream);
  stream.on('data', () => undefined); // an offer that nobody asked for
  stream.on('error', () => undefined); // a plugin may lack the service, and every stop ends the stream this way
}
