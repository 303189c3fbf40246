/** The line of trace about what a strategy wants. */
import type { LogFields, Logger } from '../lib/log.ts';
import type { Action } from '../model/action.ts';
import type { StrategyInput } from '../model/plugin.ts';
import type { StepLimits } from './action.ts';

/**
 * Compat: upstream's line and fields, written only when there is a change. A limit that is not set is infinite.
 *
 * @param facts  what else the strategy went by.
 */
export function traceAction(
  log: Logger,
  input: StrategyInput<unknown>,
  limits: StepLimits,
  action: Action | undefined,
  facts: LogFields,
): void {
  if (action === undefined || action.direction === 'none') return;
  const newest = input.metrics.at(-1);
  log.trace('calculated scaling strategy results', {
    check_name: input.check,
    current_count: input.count,
    new_count: action.count,
    ...(newest && { metric_value: newest.value, metric_time: goTime(newest.at) }),
    ...facts,
    direction: action.direction,
    ...('maxScaleUp' in limits && {
      max_scale_up: limits.maxScaleUp ?? Number.POSITIVE_INFINITY,
      max_scale_down: limits.maxScaleDown ?? Number.NEGATIVE_INFINITY,
    }),
  });
}

/** As Go prints a time in UTC. */
function goTime(at: number): string {
  const [day, time = ''] = new Date(at).toISOString().split('T');
  return `${day} ${time.replace(/\.?0*Z$/, '')} +0000 UTC`;
}
