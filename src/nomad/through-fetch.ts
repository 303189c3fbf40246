/** A transport over something `fetch`-shaped: the embedded Nomad's router, without a port. */
import { AutoscalerError } from '../lib/error.ts';
import type { Transport } from './transport.ts';

/**
 * @param origin  what the requests' URLs begin with. Timeouts are the fetch's own business.
 */
export function throughFetch(fetch: (request: Request) => Promise<Response>, origin: string): Transport {
  return async ({ method, path, headers, body, maxBytes, onPiece }, signal) => {
    const request = new Request(`${origin}${path}`, { method, headers, body: body ?? null, signal });
    const response = await fetch(request);
    const answered = Object.fromEntries(response.headers);
    if (onPiece !== undefined && response.ok && response.body !== null) {
      for await (const piece of response.body) onPiece(piece);
      return { status: response.status, headers: answered, body: '' };
    }
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > maxBytes) {
      throw new AutoscalerError('answer_too_large', `${method} ${path}: the answer is larger than ${maxBytes} bytes`, {
        blame: 'remote',
      });
    }
    return { status: response.status, headers: answered, body: new TextDecoder().decode(bytes) };
  };
}
