/** One gRPC connection to a plugin. gRPC itself is loaded with the first channel. */
import type * as grpc from '@grpc/grpc-js';
import type { Clock } from '../lib/clock.ts';
import { dialAddress, type Handshake } from './handshake.ts';
import { RpcError, status } from './status.ts';

/** The part of a generated method table that a call needs. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** What a host needs to speak TLS with its plugin; PEM. */
export interface ClientTls {
  readonly trusted: string;
  /** The host's own, for plugins that ask for one. */
  readonly certificate?: string;
  readonly key?: string;
  /** Whom the plugin's certificate must be made out to; default `localhost`. */
  readonly serverName?: string;
}

export interface Channel {
  /**
   * One request, one answer.
   *
   * @param signal     cancels the call; it is then rejected with the signal's reason.
   * @param timeoutMs  the deadline, which the plugin learns of as well; without it the call may last for ever.
   * @throws           `RpcError`.
   */
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    signal?: AbortSignal,
    timeoutMs?: number,
  ): Promise<Response>;
  /** Opens a stream of answers, which ends with the channel at the latest. */
  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
  ): grpc.ClientReadableStream<Response>;
  duplexStream<Request, Response>(method: Method<Request, Response>): grpc.ClientDuplexStream<Request, Response>;
  /** Cancels what runs; every call from now on fails at once. @param why  what those calls are told; default Go's words. */
  close(why?: string): void;
}

/** Source: spec go-plugin.md §9.8, §20.2. No keepalive: the process's end tells enough, and Go plugins punish pings. */
const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.ssl_target_name_override': 'localhost',
  'grpc.default_authority': 'localhost',
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1, // the shared pool would outlive this channel by seconds
  'grpc.client_idle_timeout_ms': 2 ** 31 - 1,
  'grpc.service_config_disable_resolution': 1,
};

/** Never fails because of the plugin: the first call does. */
export async function openChannel(
  to: Pick<Handshake, 'network' | 'address'>,
  tls: ClientTls | undefined,
  clock: Clock,
): Promise<Channel> {
  const { Client, credentials, Metadata } = await import('@grpc/grpc-js');
  const target = to.network === 'unix' ? `unix:${to.address}` : dialAddress(to.address);
  const secured =
    tls === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(Buffer.from(tls.trusted), bytesOf(tls.key), bytesOf(tls.certificate));
  const named = tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName };
  const client = new Client(target, secured, { ...channelOptions, ...named });
  const running = new Set<{ cancel(): void }>(); // a closed client lets running calls go on, so they are cancelled one by one
  let closed = false;
  let reason = 'context canceled';

  const closedError = () => new RpcError(status.cancelled, reason);
  const tracked = <Stream extends grpc.ClientReadableStream<unknown>>(stream: Stream): Stream => {
    running.add(stream);
    stream.once('close', () => running.delete(stream));
    return stream;
  };

  return {
    unary(method, request, signal, timeoutMs) {
      if (closed) return Promise.reject(closedError());
      if (signal?.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + timeoutMs;
        const options = timeoutMs === undefined ? {} : { deadline };
        const call = client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          new Metadata(),
          options,
          (error, response) => {
            running.delete(call);
            signal?.removeEventListener('abort', onAbort);
            if (signal?.aborted) reject(signal.reason);
            else if (error !== null) reject(closed ? closedError() : rpcError(error, clock.now() >= deadline));
            else if (response === undefined) reject(new RpcError(status.internal, 'no message in the answer'));
            else resolve(response);
          },
        );
        const onAbort = () => call.cancel();
        signal?.addEventListener('abort', onAbort, { once: true });
        running.add(call);
      });
    },
    serverStream(method, request) {
      if (closed) throw closedError();
      return tracked(
        client.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, request),
      );
    },
    duplexStream(method) {
      if (closed) throw closedError();
      return tracked(client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize));
    },
    close(why) {
      if (closed) return;
      closed = true;
      reason = why ?? reason;
      for (const call of running) call.cancel();
      client.close();
    },
  };
}

const bytesOf = (pem: string | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));

/** Node's advice about certificates and gRPC's empty note mislead here. */
const withoutAdvice = (details: string): string =>
  details
    .replace(/; if the root CA is installed locally, try running Node\.js with --use-system-ca/, '')
    .replace(/\.? Resolution note: $/, '');

/**
 * @param isLate  the deadline has passed: a plugin that keeps it as well may cancel the call before our own timer does.
 *
 * Compat: an elapsed deadline reads as Go prints it.
 */
function rpcError({ code, details }: grpc.ServiceError, isLate: boolean): RpcError {
  const ranOut = code === status.deadlineExceeded || (code === status.cancelled && isLate);
  return ranOut
    ? new RpcError(status.deadlineExceeded, 'context deadline exceeded')
    : new RpcError(code, withoutAdvice(details));
}
