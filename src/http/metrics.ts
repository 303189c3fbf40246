/** `/v1/metrics` and `/metrics`: our own telemetry, as JSON or as Prometheus text. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HttpError, sendJson } from './answer.ts';
import type { AgentView } from './view.ts';

type Metrics = Pick<AgentView, 'metrics' | 'exposition'>;

/** @param format  `prometheus`, or anything else for JSON. */
export async function answerMetrics(
  view: Metrics,
  format: string | undefined,
  response: ServerResponse,
): Promise<void> {
  if (format === 'prometheus') await answerPrometheus(view, response);
  else sendJson(response, view.metrics());
}

/**
 * Sends the text in portions, so that ten thousand policies neither hold up the event loop nor stand in memory twice.
 *
 * @throws status 415 when the operator did not switch it on.
 */
export async function answerPrometheus(view: Pick<Metrics, 'exposition'>, response: ServerResponse): Promise<void> {
  const portions = view.exposition();
  if (portions === undefined) throw new HttpError(415, 'Prometheus is not enabled');
  response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
  await pipeline(Readable.from(portions), response);
}
