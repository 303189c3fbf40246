/** What every plugin must do, whatever its type. */
import assert from 'node:assert/strict';
import { systemClock, withDeadline } from '../lib/clock.ts';
import type { PluginType, SessionTypes } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { type ConformanceCase, leftOut } from './conformance-case.ts';
import { processCases } from './conformance-process.ts';
import type { Subject } from './subject.ts';

/** What the cases of every type need to know. */
export interface CommonSample {
  /** The driver's name. */
  readonly name: string;
  /** Settings of the agent's plugin block with which the plugin works. */
  readonly agentConfig: StringMap;
  /** Settings that it must refuse. Left out, there are none. */
  readonly badAgentConfig?: StringMap;
}

/** How long one rule may take, from the plugin's settings on. */
const ruleMs = 30_000;

/** Does something with an opened plugin that has its settings. */
export type Work<T extends PluginType> = (session: SessionTypes[T], signal: AbortSignal) => Promise<unknown>;

/** Makes the rules of one plugin. Each opens the plugin anew, hands in the settings of the sample, and closes it. */
export function ruleMaker<T extends PluginType>(subject: Subject<T>, agentConfig: StringMap) {
  return (title: string, work: Work<T>, withinMs = ruleMs): ConformanceCase => ({
    title,
    async run() {
      const { session } = await subject.open();
      try {
        await withDeadline(systemClock, withinMs, undefined, async (signal) => {
          await session.setConfig(agentConfig, signal);
          await work(session, signal);
        });
      } finally {
        await session.close();
      }
    },
  });
}

/**
 * @param call  any call that works, to see that the plugin does. Without one only the settings are tried.
 */
export function commonCases<T extends PluginType>(
  subject: Subject<T>,
  { name, agentConfig, badAgentConfig }: CommonSample,
  call: Work<T> | undefined,
): readonly ConformanceCase[] {
  const rule = ruleMaker(subject, agentConfig);
  return [
    {
      title: 'it says who it is',
      async run() {
        const { info, session } = await subject.open();
        await session.close();
        assert.deepEqual(info, { name, type: subject.type });
      },
    },
    { ...rule('it works with the settings that it is given', call ?? (async () => undefined)), isBasis: true },
    ...callCases(subject, agentConfig, call),
    rule('it may be closed twice', (session) => session.close()),
    refusal(subject, agentConfig, badAgentConfig, call),
    ...processCases(subject),
  ];
}

function callCases<T extends PluginType>(
  subject: Subject<T>,
  agentConfig: StringMap,
  call: Work<T> | undefined,
): readonly ConformanceCase[] {
  const titles = {
    again: 'it takes its configuration any number of times, also while calls run',
    many: 'it serves many calls at the same time',
    givenUp: 'a call that was given up does no harm to the next one',
  };
  if (call === undefined) return Object.values(titles).map((title) => leftOut(title, 'no call is given that works'));
  const rule = ruleMaker(subject, agentConfig);
  return [
    rule(titles.again, async (session, signal) => {
      const running = call(session, signal);
      await session.setConfig(agentConfig, signal);
      await running;
      await call(session, signal);
    }),
    rule(titles.many, (session, signal) => Promise.all(Array.from({ length: 20 }, () => call(session, signal)))),
    rule(titles.givenUp, async (session, signal) => {
      const stop = new AbortController();
      const givenUp = call(session, stop.signal).catch(() => undefined); // it may have been quicker
      stop.abort();
      await givenUp;
      await call(session, signal);
    }),
  ];
}

function refusal<T extends PluginType>(
  subject: Subject<T>,
  agentConfig: StringMap,
  bad: StringMap | undefined,
  call: Work<T> | undefined,
): ConformanceCase {
  const title = 'it refuses a bad configuration, and goes on with the one that it had';
  if (bad === undefined) return leftOut(title, 'no bad configuration is given');
  return ruleMaker(subject, agentConfig)(title, async (session, signal) => {
    await assert.rejects(async () => session.setConfig(bad, signal), 'it took the bad configuration');
    await call?.(session, signal);
  });
}
