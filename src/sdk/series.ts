/** What a check wants of an APM: the points of one series over a window of time. */
import { type AutoscalerError, usageError } from '../lib/error.ts';
import type { Metric, TimeRange } from '../model/metric.ts';

/** Far more than any series that a check wants; an answer that is longer would keep everybody else waiting while it is read. */
export const mostSeriesBytes = 16 * 2 ** 20;

/**
 * None at all is no data, more than one is a query that means something else.
 *
 * @throws `several_series` (usage).
 */
export function onlySeries(series: readonly (readonly Metric[])[]): readonly Metric[] {
  if (series.length <= 1) return series[0] ?? [];
  throw usageError('several_series', `query returned ${series.length} metric streams, only 1 is expected`);
}

/** True when the check asks for one instant, `query_window = "instant"`. */
export const isInstant = ({ from, fromNanos = 0, to, toNanos = 0 }: TimeRange): boolean =>
  from === to && fromNanos === toNanos;

/** What an APM says that only answers for windows. @param name  the driver's. */
export const instantRefused = (name: string): AutoscalerError =>
  usageError('invalid_query', `query_window = "instant" is not supported by ${name}`);
