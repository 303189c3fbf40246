/** The API in the shape of `fetch`, for callers that speak it. */
import type { ApiRequest, ApiResponse } from './http.ts';

/** Answers a request as a server behind a port would. */
export async function fetchFrom(
  handle: (request: ApiRequest) => Promise<ApiResponse>,
  request: Request,
): Promise<Response> {
  const { host, pathname, search } = new URL(request.url);
  const response = await handle({
    method: request.method,
    url: `${pathname}${search}`,
    body: await request.text(),
    headers: { ...Object.fromEntries(request.headers), host },
    signal: request.signal,
  });
  const hasBody = response.status !== 204;
  return new Response(hasBody ? response.body : null, { status: response.status, headers: response.headers });
}
