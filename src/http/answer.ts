/** Answers in the form of upstream's: the bare text of an error, JSON, or nothing. Source: spec agent.md §10. */
import type { ServerResponse } from 'node:http';
import { AutoscalerError, explain } from '../lib/error.ts';

/** A request that gets another status than 200. An empty message makes an empty body. */
export class HttpError extends AutoscalerError {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string) {
    super('http_refused', message, { blame: 'usage' });
    this.status = status;
  }
}

export const invalidMethod = () => new HttpError(405, 'Invalid method');

/** The status for an error: its own, 400 for what the operator wrote, else 500. */
export function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  return error instanceof AutoscalerError && error.blame === 'usage' ? 400 : 500;
}

export function sendEmpty(response: ServerResponse, status = 200): void {
  response.writeHead(status, { 'Content-Length': 0 });
  response.end();
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(body);
}

export function sendError(response: ServerResponse, error: unknown): void {
  const message = explain(error);
  const status = statusOf(error);
  if (response.headersSent) {
    response.destroy();
  } else if (message === '') {
    sendEmpty(response, status);
  } else {
    const body = Buffer.from(message);
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  }
}

/** What upstream's router says to a path that it does not know. */
export function sendNotFound(response: ServerResponse): void {
  const body = '404 page not found\n';
  response.writeHead(404, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': body.length,
  });
  response.end(body);
}
