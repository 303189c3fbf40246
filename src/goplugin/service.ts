/** How a plugin's services are written, without gRPC's own machinery. */
import type { ServerUnaryCall, ServiceDefinition, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { explain } from '../lib/error.ts';
import { RpcError, status } from './status.ts';

/** A generated table of methods, and what they do. */
export interface Service {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

type UnaryHandler<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
) => void;

/**
 * A method with one request and one answer.
 *
 * @param handle  its signal aborts when the caller has gone or its deadline has passed. An `RpcError` answers with its
 *                status, any other error with UNKNOWN and its whole text.
 */
export function unary<Request, Response>(
  handle: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
): UnaryHandler<Request, Response> {
  return (call, callback) => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    answer(call.request, gone.signal, handle).then(
      (response) => callback(null, response),
      (error: unknown) => callback(statusOf(error)),
    );
  };
}

async function answer<Request, Response>(
  request: Request,
  signal: AbortSignal,
  handle: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
): Promise<Response> {
  return await handle(request, signal);
}

/** How an error travels: an `RpcError` as its status, any other as UNKNOWN with its whole text. */
export function statusOf(error: unknown): { readonly code: number; readonly details: string } {
  if (error instanceof RpcError) return { code: error.status, details: error.details };
  return { code: status.unknown, details: explain(error) };
}
