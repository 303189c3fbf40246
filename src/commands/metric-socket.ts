/** Sockets to servers of metrics. */
import { createSocket } from 'node:dgram';
import { createConnection, isIPv6 } from 'node:net';
import type { OpenMetricSocket } from '../agent/metric-push.ts';

/** A write that a peer does not take is dropped beyond this, in bytes. */
const mostWaiting = 2 ** 20;

export const openMetricSocket: OpenMetricSocket = (protocol, address, onError) => {
  const at = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, at).replaceAll(/^\[|\]$/g, '') || '127.0.0.1', address.slice(at + 1)];
  return protocol === 'udp' ? datagramSocket(host, Number(port), onError) : streamSocket(host, Number(port), onError);
};

function datagramSocket(host: string, port: number, onError: (error: Error) => void) {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const waiting: string[] = [];
  let isConnected = false;
  socket.on('error', onError);
  socket.on('connect', () => {
    isConnected = true;
    for (const text of waiting) socket.send(text);
  });
  socket.connect(port, host);
  socket.unref();
  return {
    send(text: string) {
      if (isConnected) socket.send(text);
      else waiting.push(text);
    },
    close: () => socket.close(),
  };
}

function streamSocket(host: string, port: number, onError: (error: Error) => void) {
  const socket = createConnection(port, host);
  socket.on('error', onError);
  socket.on('close', () => onError(new Error('the connection was closed')));
  socket.resume(); // who never reads does not learn of the end
  socket.unref();
  return {
    send(text: string) {
      if (socket.writableLength < mostWaiting) socket.write(text);
    },
    close: () => socket.end(),
  };
}
