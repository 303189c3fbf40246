/** `/v1/health` and `/v1/ready`: whether the process serves, and whether it does its work. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError, invalidMethod, sendEmpty, sendJson } from './answer.ts';
import type { AgentView, Readiness } from './view.ts';

/**
 * 200 while serving, 503 before and after. With `?details` the body tells what does not work; the status stays.
 *
 * Compat: upstream's body is empty, and only GET is known, not even HEAD.
 */
export function answerHealth(
  view: Pick<AgentView, 'readiness'>,
  isServing: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'GET') throw invalidMethod();
  const query = new URLSearchParams(request.url?.split('?')[1] ?? '');
  if (query.has('details')) sendJson(response, body(view.readiness()), isServing ? 200 : 503);
  else if (isServing) sendEmpty(response);
  else throw new HttpError(503, 'Service unavailable');
}

/** 200 once plugins and policies are loaded, degraded or not, and while another agent leads; 503 while starting and stopping. */
export function answerReady(readiness: Readiness, response: ServerResponse): void {
  const isReady = readiness.status !== 'starting' && readiness.status !== 'stopping';
  sendJson(response, body(readiness), isReady ? 200 : 503);
}

function body({ status, problems, warnings }: Readiness): unknown {
  return { status, problems, warnings };
}
