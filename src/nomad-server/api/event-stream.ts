/** The event stream: one line of JSON per write, `{}` when nothing happens. Compat: spec nomad-api.md §11.1. */
import type { Access } from '../acl-access.ts';
import type { EventLog } from '../event-log.ts';
import { type NomadEvent, toldEvent } from '../events.ts';
import { Refusal } from '../refusal.ts';
import type { Timers } from '../timers.ts';
import type { Call } from './call.ts';
import type { ApiResponse } from './http.ts';
import type { ApiParts } from './parts.ts';
import { pause } from './pause.ts';
import { byMethod, type Routes } from './router.ts';

const heartbeatMs = 30_000;
const heartbeat = '{}\n';

export function eventRoutes({ events, reader }: ApiParts): Routes {
  return {
    exact: {
      '/v1/event/stream': (call) =>
        byMethod(call, {
          read: (): ApiResponse => {
            const wanted = wantedBy(call);
            const body = maySee(call) ? lines(events, reader.timers, wanted, call.signal) : silence(call.signal);
            return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
          },
        }),
    },
  };
}

type Wanted = (event: NomadEvent) => boolean;

/** Compat: who may not see what was asked for gets an answer that never comes to anything. */
async function* silence(signal: AbortSignal | undefined): AsyncGenerator<string> {
  if (signal !== undefined && !signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

function maySee({ query, access, namespace }: Call): boolean {
  if (access.isManagement) return true;
  const topics = query.getAll('topic').map((one) => topicOf(one).name);
  return topics.length > 0 && topics.every((topic) => mayFollow(access, topic, namespace));
}

function mayFollow(access: Access, topic: string, namespace: string): boolean {
  if (topic === 'Node') return access.node('read');
  if (topic === 'NodePool') return access.nodePool('*', 'read');
  return ofNamespaces.includes(topic) && namespace !== '*' && access.namespace(namespace, 'read-job');
}

const ofNamespaces = ['Job', 'Evaluation', 'Allocation', 'Deployment', 'Service'];

async function* lines(log: EventLog, timers: Timers, wanted: Wanted, signal: AbortSignal | undefined) {
  yield heartbeat;
  let position = 0;
  let beatAtMs = timers.now() + heartbeatMs;
  while (!signal?.aborted) {
    const news = log.after(position);
    position = news.position;
    for (const write of news.writes) {
      const Events = write.filter(wanted).map(toldEvent);
      if (Events.length > 0) yield `${JSON.stringify({ Index: Events[0]?.Index, Events })}\n`;
    }
    if (timers.now() >= beatAtMs) {
      yield heartbeat;
      beatAtMs = timers.now() + heartbeatMs;
    }
    if (news.writes.length > 0) continue; // more may have come while these were sent
    await pause({ timers, ms: beatAtMs - timers.now(), signal, onWake: (wake) => log.onNext(wake) });
  }
}

function wantedBy(call: Call): Wanted {
  const topics = call.query.getAll('topic').map(topicOf);
  const index = call.query.get('index') ?? '';
  if (index !== '' && !/^[+-]?\d+$/.test(index)) {
    throw new Refusal(400, `Unable to parse index: strconv.Atoi: parsing "${index}": invalid syntax`);
  }
  const { namespace } = call;
  return (event) =>
    event.Index >= Number(index) &&
    (namespace === '*' || event.Namespace === '' || event.Namespace === namespace) &&
    (topics.length === 0 || topics.some((topic) => isOf(event, topic)));
}

interface Topic {
  readonly name: string;
  readonly key: string;
}

function topicOf(text: string): Topic {
  const [name = '', key = '*', ...more] = text.split(':');
  if (more.length === 0) return { name, key };
  throw new Refusal(400, `Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: ${text}`);
}

const isOf = (event: NomadEvent, { name, key }: Topic): boolean =>
  (name === '*' || name === event.Topic) &&
  (key === '*' || key === event.Key || (event.FilterKeys?.includes(key) ?? false));
