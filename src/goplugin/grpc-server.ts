/** A gRPC server with its services and its keys, before it listens. gRPC itself is loaded with the first one. */
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Service } from './service.ts';

/** Certificates from elsewhere, PEM. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates the hosts must show; absent when they need none. */
  readonly trusted?: string;
}

export interface OpenServer {
  readonly server: Server;
  /** What its connections are to be bound with. */
  readonly credentials: ServerCredentials;
}

/** gRPC's own default for requests, bytes. */
const usualRequest = 4 * 2 ** 20;

/** @param largestRequest  bytes, default 4 MiB; -1 is no limit. */
export async function openServer(
  services: readonly Service[],
  largestRequest: number | undefined,
  tls: ServerTls | undefined,
): Promise<OpenServer> {
  const { Server, ServerCredentials } = await import('@grpc/grpc-js');
  const server = new Server({
    'grpc.max_receive_message_length': largestRequest ?? usualRequest,
    'grpc.max_send_message_length': -1,
  });
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  return { server, credentials: credentialsOf(tls, ServerCredentials) };
}

function credentialsOf(tls: ServerTls | undefined, of: typeof ServerCredentials): ServerCredentials {
  if (tls === undefined) return of.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  const { trusted } = tls;
  return of.createSsl(trusted === undefined ? null : Buffer.from(trusted), [pair], trusted !== undefined);
}
