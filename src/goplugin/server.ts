/** A plugin's gRPC server with its services and its keys, before it listens. Source: spec go-plugin.md §5, §8. */
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type Control, controlServices } from './control.ts';
import { type Certificate, isCertificatePem, makeCertificate, type RandomBytes } from './mtls.ts';
import type { Service } from './service.ts';

/** Certificates from elsewhere, PEM. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates the hosts must show; absent when they need none. */
  readonly trusted?: string;
}

/** Describes the services to whoever asks, by gRPC's server reflection. */
export interface Reflection {
  /** Serialized `google.protobuf.FileDescriptorSet`s of the application's services, with all that they import. */
  readonly descriptors: readonly Uint8Array[];
}

export interface ServerOptions {
  /** The application's services by protocol version. */
  readonly versions: Readonly<Record<number, readonly Service[]>>;
  /** Largest request, bytes; default 4 MiB, gRPC's own. -1 is no limit. */
  readonly largestRequest?: number;
  /** Absent when nobody may ask. */
  readonly reflection?: Reflection;
}

export interface MadeServer {
  readonly server: Server;
  readonly credentials: ServerCredentials;
  /** The plugin's own, for its host alone; absent without AutoMTLS. */
  readonly certificate: Certificate | undefined;
}

interface ServerWorld {
  readonly clock: Clock;
  readonly log: Logger;
  readonly randomBytes: RandomBytes;
}

export interface Keys {
  /** PEM of the host's certificate; empty when it wants no AutoMTLS. */
  readonly hostCert: string;
  /** Wins over AutoMTLS. */
  readonly tls: ServerTls | undefined;
}

/** gRPC's own default for requests, bytes. */
const usualRequest = 4 * 2 ** 20;

/** @param version  of the application, one of the options'. */
export async function makeServer(
  options: ServerOptions,
  version: number,
  control: Control,
  keys: Keys,
  world: ServerWorld,
): Promise<MadeServer> {
  const { clock, randomBytes } = world;
  const isAutomatic = keys.tls === undefined && keys.hostCert !== '';
  const making = isAutomatic ? makeCertificate(clock.now(), randomBytes) : undefined; // while gRPC loads
  const { Server, ServerCredentials } = await import('@grpc/grpc-js');
  const server = new Server({
    'grpc.max_receive_message_length': options.largestRequest ?? usualRequest,
    'grpc.max_send_message_length': -1,
  });
  const services = [...controlServices(control), ...(options.versions[version] ?? [])];
  if (options.reflection !== undefined) {
    const { reflectionServices } = await import('./reflection.ts');
    services.push(...reflectionServices(services, options.reflection.descriptors));
  }
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  const certificate = await making;
  const tls = certificate === undefined ? keys.tls : automatic(certificate, keys.hostCert, world.log);
  return { server, credentials: credentialsOf(tls, ServerCredentials), certificate };
}

function credentialsOf(tls: ServerTls | undefined, of: typeof ServerCredentials): ServerCredentials {
  if (tls === undefined) return of.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  const { trusted } = tls;
  return of.createSsl(trusted === undefined ? null : Buffer.from(trusted), [pair], trusted !== undefined);
}

/** The host and nobody else gets in. With a certificate that is none, nobody does: only the plugin has the key of its own. */
function automatic(own: Certificate, hostCert: string, log: Logger): ServerTls {
  log.debug('configuring server automatic mTLS');
  const isSound = isCertificatePem(hostCert);
  if (!isSound) log.error('client cert provided but failed to parse', { cert: hostCert });
  return { certificate: own.pem, key: own.keyPem, trusted: isSound ? hostCert : own.pem };
}
