/** The API in the shape of `fetch`, for callers that speak it. */
import type { Handling } from './listen.ts';

/** Answers a request as a server behind a port would. */
export async function fetchFrom(server: Handling, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const response = await server.handle({
    method: request.method,
    url: `${pathname}${search}`,
    body: await request.text(),
    headers: Object.fromEntries(request.headers),
    signal: request.signal,
  });
  const body = typeof response.body === 'string' ? response.body : streamOf(response.body);
  const hasBody = response.status !== 204 && response.status !== 304;
  return new Response(hasBody ? body : null, { status: response.status, headers: response.headers });
}

function streamOf(pieces: AsyncIterable<string | Uint8Array>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const from = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await from.next();
      if (next.done) controller.close();
      else controller.enqueue(typeof next.value === 'string' ? encoder.encode(next.value) : next.value);
    },
    async cancel() {
      await from.return?.();
    },
  });
}
