/**
 * Every path but `/v1/health`. In a file of its own because Express costs some 60 ms and 13 MiB to import: it comes with
 * the first request that wants it. Source: spec agent.md §10.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import type { Clock } from '../lib/clock.ts';
import { HttpError, invalidMethod, sendEmpty, sendJson, sendNotFound } from './answer.ts';
import { answerReady } from './health.ts';
import { answerMetrics, answerPrometheus } from './metrics.ts';
import { pluginJson } from './plugin-json.ts';
import { policyDetails, policySummary } from './policy-json.ts';
import { answerProfile, answerProfileIndex } from './profile.ts';
import type { AgentView } from './view.ts';

/** Answers a request; `failed` is called with what a route threw. */
export type Router = (request: IncomingMessage, response: ServerResponse, failed: (error: unknown) => void) => void;

/** @param debug  serve profiles, timed by this clock. */
export function createRouter(view: AgentView, debug: Clock | undefined): Router {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('strict routing', true);
  app.set('case sensitive routing', true);

  const route = (methods: readonly string[], path: string, answer: (request: Request, response: Response) => unknown) =>
    app.all(path, (request, response) => {
      if (!methods.includes(request.method)) throw invalidMethod();
      return answer(request, response);
    });

  route(['GET'], '/v1/metrics', (request, response) => answerMetrics(view, first(request.query['format']), response));
  route(['GET'], '/metrics', (_, response) => answerPrometheus(view, response));
  route(['GET'], '/v1/ready', (_, response) => answerReady(view.readiness(), response));
  route(['GET'], '/v1/plugins', (_, response) => sendJson(response, view.plugins().map(pluginJson)));
  route(['GET'], '/v1/policies', (_, response) => sendJson(response, view.policies().map(policySummary)));
  route(['GET'], '/v1/policies/:id', (request, response) => {
    const found = view.policy(first(request.params['id']) ?? '');
    if (found === undefined) throw new HttpError(404, 'policy not found');
    sendJson(response, policyDetails(found));
  });
  route(['PUT', 'POST'], '/v1/agent/reload', async (_, response) => {
    await view.reload();
    sendEmpty(response);
  });
  if (debug !== undefined) {
    const profile = (kind: 'cpu' | 'heap') => (request: Request, response: Response) =>
      answerProfile(kind, first(request.query['seconds']), debug, response);
    route(['GET'], '/debug/pprof/', (_, response) => answerProfileIndex(response));
    route(['GET'], '/debug/pprof/profile', profile('cpu'));
    route(['GET'], '/debug/pprof/heap', profile('heap'));
  }
  app.all('/v1/agent', (request, response) => redirectToSlash(request, response));
  app.all(['/v1/agent/', '/v1/agent/*rest'], () => {
    throw new HttpError(404, '');
  });

  return (request, response, failed) =>
    app(request as Request, response as Response, (error?: unknown) => {
      if (error === undefined) sendNotFound(response);
      else failed(error instanceof URIError ? new HttpError(400, 'the path is not encoded as a path must be') : error);
    });
}

/** Compat: as a current Go redirects; the query stays. */
function redirectToSlash(request: Request, response: Response): void {
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
  const to = `/v1/agent/${query}`;
  const body = request.method === 'GET' ? `<a href="${escapeHtml(to)}">Temporary Redirect</a>.\n\n` : '';
  const type = body === '' ? {} : { 'Content-Type': 'text/html; charset=utf-8' };
  response.writeHead(307, { ...type, Location: to, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A parameter that was given several times counts with its first value. */
function first(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : undefined;
}
