/** A plugin's gRPC server with its services and its keys, before it listens. Source: spec go-plugin.md §5, §8. */
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type Broker, BrokerEnd, type Connections } from './broker.ts';
import type { BrokerLine } from './broker-line.ts';
import { type Control, controlServices } from './control.ts';
import { openServer, type ServerTls } from './grpc-server.ts';
import { type Certificate, isCertificatePem, makeCertificate, type RandomBytes } from './mtls.ts';
import type { Service } from './service.ts';

/** Describes the services to whoever asks, by gRPC's server reflection. */
export interface Reflection {
  /** Serialized `google.protobuf.FileDescriptorSet`s of the application's services, with all that they import. */
  readonly descriptors: readonly Uint8Array[];
}

/** Services, or the function that makes them of the broker, for those that call their host's or offer it more. */
export type ServiceSet = readonly Service[] | ((broker: Broker) => readonly Service[]);

export interface ServerOptions {
  /** The application's services by protocol version. */
  readonly versions: Readonly<Record<number, ServiceSet>>;
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
  /** To be closed with the server. */
  readonly broker: BrokerEnd;
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

/** @param version  of the application, one of the options'. @param connections  what the broker makes them by. */
export async function makeServer(
  options: ServerOptions,
  version: number,
  control: Control,
  keys: Keys,
  connections: (line: BrokerLine) => Connections,
  world: ServerWorld,
): Promise<MadeServer> {
  const { clock, randomBytes } = world;
  const isAutomatic = keys.tls === undefined && keys.hostCert !== '';
  const making = isAutomatic ? makeCertificate(clock.now(), randomBytes) : undefined;
  await import('@grpc/grpc-js'); // while the key is made
  const certificate = await making;
  const tls = certificate === undefined ? keys.tls : automatic(certificate, keys.hostCert, world.log);
  const broker = new BrokerEnd(clock, tls, connections);
  const own = options.versions[version] ?? [];
  const services = [...controlServices(control, broker), ...(typeof own === 'function' ? own(broker) : own)];
  if (options.reflection !== undefined) {
    const { reflectionServices } = await import('./reflection.ts');
    services.push(...reflectionServices(services, options.reflection.descriptors));
  }
  return { ...(await openServer(services, options.largestRequest, tls)), certificate, broker };
}

/** The host and nobody else gets in. With a certificate that is none, nobody does: only the plugin has the key of its own. */
function automatic(own: Certificate, hostCert: string, log: Logger): ServerTls {
  log.debug('configuring server automatic mTLS');
  const isSound = isCertificatePem(hostCert);
  if (!isSound) log.error('client cert provided but failed to parse', { cert: hostCert });
  return { certificate: own.pem, key: own.keyPem, trusted: isSound ? hostCert : own.pem };
}
