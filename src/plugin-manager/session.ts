/** Calls that always lead to the plugin that runs now, have a deadline, and fail with codes of ours. */
import { DeadlineExceeded } from '../lib/clock.ts';
import { durationMs } from '../lib/duration.ts';
import { AutoscalerError, explain } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import type { ApmCalls, Awaitable, PluginType, SessionTypes, StrategyCalls, TargetCalls } from '../model/plugin.ts';
import { pluginName } from './catalog.ts';
import { callWithin, type Deadlines, scaleDeadlineMs, statusDeadlineMs } from './deadline.ts';
import type { Instance } from './launch.ts';
import type { SupervisedPlugin } from './supervise.ts';

/** @throws `plugin_not_stored` (usage) when no such plugin is configured now. */
export type Find<T extends PluginType> = () => SupervisedPlugin<T>;

type Call<T extends PluginType> = <R>(
  deadlineMs: number,
  signal: AbortSignal,
  work: (session: SessionTypes[T], signal: AbortSignal) => Awaitable<R>,
) => Awaitable<R>;

export function apmCalls(find: Find<'apm'>, { queryMs }: Deadlines, world: World): ApmCalls {
  const call = caller(find, world);
  return {
    query: (query, range, signal) => call(queryMs, signal, (apm, within) => apm.query(query, range, within)),
    queryMultiple: (query, range, signal) =>
      call(queryMs, signal, (apm, within) => apm.queryMultiple(query, range, within)),
  };
}

export function strategyCalls(find: Find<'strategy'>, { runMs }: Deadlines, world: World): StrategyCalls {
  const call = caller(find, world, isInAgent);
  return { run: (input, signal) => call(runMs, signal, (strategy, within) => strategy.run(input, within)) };
}

export function targetCalls(find: Find<'target'>, deadlines: Deadlines, world: World): TargetCalls {
  const call = caller(find, world);
  return {
    status: (config, signal) =>
      call(statusDeadlineMs(config, deadlines), signal, (target, within) => target.status(config, within)),
    scale: (action, config, signal) =>
      call(scaleDeadlineMs(config, deadlines), signal, (target, within) => target.scale(action, config, within)),
  };
}

/** A strategy inside the agent only computes: no deadline could end it, and every check of every tick would pay for one. */
const isInAgent = (instance: Instance): boolean => instance.process === undefined;

/** @param isUnbound  true for an instance whose calls get no deadline. */
function caller<T extends PluginType>(
  find: Find<T>,
  { clock }: World,
  isUnbound: (instance: Instance<T>) => boolean = () => false,
): Call<T> {
  return (deadlineMs, signal, work) => {
    const plugin = find();
    return plugin.use((live, turn) => {
      const { instance, answers } = live;
      const fail = (error: unknown): never => {
        if (signal.aborted) throw error;
        const known = knownError(error, pluginName(plugin.status));
        if (noAnswer.has(known.code)) plugin.unanswered(live, turn, known);
        else answers.answered();
        throw known;
      };
      const hear = <R>(answer: R): R => {
        answers.answered();
        return answer;
      };
      try {
        const answer = isUnbound(instance)
          ? work(instance.session, signal)
          : callWithin(clock, deadlineMs, signal, (within) => work(instance.session, within));
        return answer instanceof Promise ? answer.then(hear, fail) : answer;
      } catch (error) {
        return fail(error);
      }
    });
  };
}

/** Codes of failures that say nothing of the plugin's own: it was late, or could not be reached. */
const noAnswer: ReadonlySet<string> = new Set(['deadline_exceeded', 'plugin_unavailable']);

function knownError(error: unknown, name: string): AutoscalerError {
  if (error instanceof AutoscalerError) return error;
  if (error instanceof DeadlineExceeded) {
    const facts = { blame: 'remote', retryable: true } as const;
    const after = durationMs(error.afterMs);
    return new AutoscalerError('deadline_exceeded', `no answer from plugin ${name} within ${after}`, facts);
  }
  return new AutoscalerError('plugin_failed', explain(error), { blame: 'remote', cause: error });
}
