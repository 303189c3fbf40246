/** `/debug/pprof/`: profiles of the running agent, in the forms that Chrome's developer tools open. */
import type { ServerResponse } from 'node:http';
import { type Clock, sleep } from '../lib/clock.ts';
import { HttpError, sendJson } from './answer.ts';

/** An answer that takes longer would be cut off. */
const longestSeconds = 15;
/** Compat: upstream's default, which upstream refuses as well. */
const defaultSeconds = 30;

export function answerProfileIndex(response: ServerResponse): void {
  sendJson(response, {
    '/debug/pprof/profile?seconds=<n>': `CPU profile of the next n seconds, less than ${longestSeconds} (.cpuprofile)`,
    '/debug/pprof/heap?seconds=<n>': 'allocations of the next n seconds (.heapprofile)',
  });
}

/** @throws status 400 for a length that is no number of seconds below 15. */
export async function answerProfile(
  kind: 'cpu' | 'heap',
  secondsText: string | undefined,
  clock: Clock,
  response: ServerResponse,
): Promise<void> {
  const seconds = Number(secondsText ?? defaultSeconds);
  if (!(seconds > 0)) throw new HttpError(400, 'seconds must be a number above 0');
  if (seconds >= longestSeconds) throw new HttpError(400, "profile duration exceeds server's WriteTimeout");
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    sendJson(response, kind === 'cpu' ? await cpu(session, seconds, clock) : await heap(session, seconds, clock));
  } finally {
    session.disconnect();
  }
}

type InspectorSession = InstanceType<typeof import('node:inspector/promises').Session>;

async function cpu(session: InspectorSession, seconds: number, clock: Clock): Promise<unknown> {
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await sleep(clock, seconds * 1000);
  return (await session.post('Profiler.stop')).profile;
}

async function heap(session: InspectorSession, seconds: number, clock: Clock): Promise<unknown> {
  await session.post('HeapProfiler.startSampling');
  await sleep(clock, seconds * 1000);
  return (await session.post('HeapProfiler.stopSampling')).profile;
}
