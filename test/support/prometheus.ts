/** A Prometheus that says what it is told to, and the plugin that asks it. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { testWorld } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../plugins/apm/prometheus/index.ts';
import { explain } from '../../src/lib/error.ts';
import { type LogFields, noLog } from '../../src/lib/log.ts';
import type { PluginWorld } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { never } from './nomad.ts';
import { serveHttp } from './nomad-http.ts';

export interface SeenQuery {
  readonly method: string | undefined;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

interface FullReply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A text is a body with status 200; undefined leaves the query without an answer. */
export type Reply = (seen: SeenQuery) => string | FullReply | undefined;

/** Half a minute. */
export const halfMinute = { from: 1_600_000_000_000, to: 1_600_000_030_000 };
export const success = (resultType: string, result: unknown, more: object = {}): string =>
  JSON.stringify({ status: 'success', ...more, data: { resultType, result } });
export const matrix = (...series: readonly (readonly [number, string])[][]): string =>
  success(
    'matrix',
    series.map((values) => ({ metric: {}, values })),
  );
export const apiError = (errorType: string, error: string): string =>
  JSON.stringify({ status: 'error', errorType, error });

export async function fakePrometheus(t: TestContext, reply: Reply) {
  const seen: SeenQuery[] = [];
  const { origin, sockets, server } = await serveHttp(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const form = request.method === 'POST' ? new URLSearchParams(Buffer.concat(parts).toString()) : url.searchParams;
      const { method, headers } = request;
      const one = { method, path: url.pathname, parameters: Object.fromEntries(form), headers };
      seen.push(one);
      const answer = reply(one);
      if (answer === undefined) return;
      const full = typeof answer === 'string' ? { status: 200, body: answer } : answer;
      response.writeHead(full.status, 'headers' in full ? full.headers : {}).end(full.body);
    });
  });
  return { origin, seen, sockets, server };
}

/** Opens the plugin with these settings. */
export async function openPrometheus(t: TestContext, config: StringMap, world: Partial<PluginWorld> = {}) {
  const said: (readonly [level: string, message: string, fields: LogFields | undefined])[] = [];
  const tell = (level: string) => (message: string, fields?: LogFields) => said.push([level, message, fields]);
  const log = { ...noLog, warn: tell('warn'), debug: tell('debug') };
  const session = plugin.open(testWorld({ log, ...world }));
  t.after(() => session.close());
  await session.setConfig(config, never);
  const failure = (query = 'up', range = halfMinute): Promise<unknown> =>
    Promise.resolve(session.query(query, range, never)).then(
      () => assert.fail('it answered'),
      (error: unknown) => error,
    );
  const whyNot = async (query?: string, range?: typeof halfMinute) => String(explain(await failure(query, range)));
  return { session, said, failure, whyNot };
}

/** @returns why the plugin does not take these settings. */
export const refusalOf = async (config: StringMap): Promise<string> =>
  Promise.resolve(plugin.open(testWorld()))
    .then((session) => session.setConfig(config, never))
    .then(() => assert.fail('it was taken'), explain)
    .then(String);
