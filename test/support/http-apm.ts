/** A service over HTTP that says what it is told to, and an APM that asks it. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { testWorld } from 'nomad-autoscaler/sdk/testing';
import { explain } from '../../src/lib/error.ts';
import { type LogFields, noLog } from '../../src/lib/log.ts';
import type { PluginDefinition, PluginWorld } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { never } from './nomad.ts';
import { serveHttp } from './nomad-http.ts';

export interface SeenQuery {
  readonly method: string | undefined;
  readonly path: string;
  /** Of the URL, or of the form that was posted. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
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

export async function fakeService(t: TestContext, reply: Reply) {
  const seen: SeenQuery[] = [];
  const { origin, sockets, server } = await serveHttp(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, headers } = request;
      const url = new URL(request.url ?? '/', 'http://x');
      const body = Buffer.concat(parts).toString();
      const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
      const parameters = Object.fromEntries(isForm ? new URLSearchParams(body) : url.searchParams);
      const one = { method, path: url.pathname, parameters, headers, body };
      seen.push(one);
      const answer = reply(one);
      if (answer === undefined) return;
      const full = typeof answer === 'string' ? { status: 200, body: answer } : answer;
      response.writeHead(full.status, 'headers' in full ? full.headers : {}).end(full.body);
    });
  });
  return { origin, seen, sockets, server };
}

/** Opens the plugin with these settings. @param usual  what it is asked when a test does not care. */
export async function openApm(
  t: TestContext,
  plugin: PluginDefinition<'apm'>,
  config: StringMap,
  world: Partial<PluginWorld>,
  usual: string,
) {
  const said: (readonly [level: string, message: string, fields: LogFields | undefined])[] = [];
  const tell = (level: string) => (message: string, fields?: LogFields) => said.push([level, message, fields]);
  const log = { ...noLog, error: tell('error'), warn: tell('warn'), debug: tell('debug') };
  const session = plugin.open(testWorld({ log, ...world }));
  t.after(() => session.close());
  await session.setConfig(config, never);
  const failure = (query = usual, range = halfMinute): Promise<unknown> =>
    Promise.resolve(session.query(query, range, never)).then(
      () => assert.fail('it answered'),
      (error: unknown) => error,
    );
  const whyNot = async (query?: string, range?: typeof halfMinute) => String(explain(await failure(query, range)));
  return { session, said, failure, whyNot };
}

/** @returns why the plugin does not take these settings. */
export async function refusalOfApm(
  plugin: PluginDefinition<'apm'>,
  config: StringMap,
  env: PluginWorld['env'] = {},
): Promise<string> {
  const session = plugin.open(testWorld({ env }));
  try {
    await session.setConfig(config, never);
  } catch (error) {
    return String(explain(error));
  }
  await session.close();
  return assert.fail('it was taken');
}
