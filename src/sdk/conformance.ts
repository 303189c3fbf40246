/** What every plugin must do, whatever its type. A case is a title and a function, for whichever test runner. */
import assert from 'node:assert/strict';
import type { PluginType, SessionTypes } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { type Subject, unending } from './subject.ts';

export interface ConformanceCase {
  /** A sentence. */
  readonly title: string;
  /** Rejects with an AssertionError when the plugin does something else. */
  run(): Promise<void>;
}

/** What the cases of every type need to know. */
export interface CommonSample {
  /** The driver's name. */
  readonly name: string;
  /** Settings of the agent's plugin block with which the plugin works. */
  readonly agentConfig: StringMap;
  /** Settings that it must refuse. Left out, there are none. */
  readonly badAgentConfig?: StringMap;
}

/** Opens the plugin, configures it, runs the work and closes it. */
export async function withSession<T extends PluginType>(
  subject: Subject<T>,
  agentConfig: StringMap,
  work: (session: SessionTypes[T], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { session } = await subject.open();
  try {
    await session.setConfig(agentConfig, unending());
    await work(session, unending());
  } finally {
    await session.close();
  }
}

/**
 * @param call  any call that works, to see that the plugin does.
 */
export function commonCases<T extends PluginType>(
  subject: Subject<T>,
  { name, agentConfig, badAgentConfig }: CommonSample,
  call: (session: SessionTypes[T], signal: AbortSignal) => Promise<unknown>,
): readonly ConformanceCase[] {
  const cases: ConformanceCase[] = [
    {
      title: 'it says who it is',
      async run() {
        const { info, session } = await subject.open();
        await session.close();
        assert.deepEqual(info, { name, type: subject.type });
      },
    },
    {
      title: 'it takes its configuration any number of times, also while calls run',
      run: () =>
        withSession(subject, agentConfig, async (session, signal) => {
          const running = call(session, signal);
          await session.setConfig(agentConfig, signal);
          await running;
          await call(session, signal);
        }),
    },
    {
      title: 'it serves many calls at the same time',
      run: () =>
        withSession(subject, agentConfig, async (session, signal) => {
          await Promise.all(Array.from({ length: 20 }, () => call(session, signal)));
        }),
    },
    {
      title: 'a call that was given up does no harm to the next one',
      run: () =>
        withSession(subject, agentConfig, async (session, signal) => {
          const stop = new AbortController();
          const givenUp = call(session, stop.signal).catch(() => undefined); // it may have been quicker
          stop.abort();
          await givenUp;
          await call(session, signal);
        }),
    },
    {
      title: 'it may be closed twice',
      async run() {
        const { session } = await subject.open();
        await session.setConfig(agentConfig, unending());
        await session.close();
        await session.close();
      },
    },
  ];
  if (badAgentConfig === undefined) return cases;
  return [
    ...cases,
    {
      title: 'it refuses a bad configuration, and goes on with the one that it had',
      run: () =>
        withSession(subject, agentConfig, async (session, signal) => {
          await assert.rejects(async () => session.setConfig(badAgentConfig, signal), 'it took the bad configuration');
          await call(session, signal);
        }),
    },
  ];
}
