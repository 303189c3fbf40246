/** Requests and answers as plain values, without a socket. */

export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const services = ['identity', 'compute', 'image', 'network', 'load-balancer'] as const;
/** By its type in the catalogue. */
export type Service = (typeof services)[number];

export function jsonReply(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): ApiResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function emptyReply(status: number): ApiResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: '' };
}
