/** From the result of a query to series. Pure. Source: spec plugins.md §8; the texts are upstream's. */
import { AutoscalerError, isJsonObject, type JsonObject, type Metric, usageError } from 'nomad-autoscaler/sdk';
import { failed, textOf } from './answer.ts';

/**
 * @param data  `{ "resultType": "vector", "result": [ … ] }`
 * @throws      `metric_not_a_number` when the newest value of a series is none, `unsupported_result`, and `prometheus_failed`
 *              for what is no result at all.
 */
export function seriesOf(data: unknown): readonly (readonly Metric[])[] {
  const { resultType, result } = isJsonObject(data) ? data : {};
  switch (resultType) {
    case 'scalar':
      return [ending([pointOf(result)])];
    case 'vector': // Compat: all elements make one series.
      return [elements(listOf(result))];
    case 'matrix':
      return listOf(result).map((one) => {
        const { values } = numbersOnly(one);
        return ending(listOf(values).map(pointOf));
      });
    default:
      throw usageError('unsupported_result', `result type (\`${textOf(resultType)}\`) is not supported`);
  }
}

/** Each is of the same moment, so that each must be a number. */
function elements(result: readonly unknown[]): readonly Metric[] {
  const all = result.map(numbersOnly);
  const points = all.map(({ value }) => known(pointOf(value)));
  if (points.length < 2) return points;
  const names = namesOf(all.map(({ metric }) => (isJsonObject(metric) ? metric : {})));
  return points.map((point, at) => ({ ...point, series: names[at] || `element ${at + 1}` }));
}

/** By what the series differ: `instance="web-1"`. */
function namesOf(labels: readonly JsonObject[]): readonly string[] {
  const [first = {}] = labels;
  const keys = [...new Set(labels.flatMap((one) => Object.keys(one)))].sort();
  const differing = keys.filter((key) => labels.some((one) => one[key] !== first[key]));
  return labels.map((one) => differing.map((key) => `${key}=${JSON.stringify(textOf(one[key]))}`).join(','));
}

function numbersOnly(one: unknown): JsonObject {
  const element = isJsonObject(one) ? one : {};
  const { histogram, histograms } = element;
  if (histogram == null && (!Array.isArray(histograms) || histograms.length === 0)) return element;
  throw usageError(
    'unsupported_result',
    'query returned native histograms, which are no numbers; make some of them, as with histogram_quantile(0.9, …) or histogram_count(…)',
  );
}

/** A series may begin with what is no number, as 0/0 before the first requests; it may not end with it. */
function ending(points: readonly Metric[]): readonly Metric[] {
  const newest = points.at(-1);
  if (newest !== undefined) known(newest);
  return points;
}

function known(point: Metric): Metric {
  if (!Number.isNaN(point.value)) return point;
  throw new AutoscalerError('metric_not_a_number', 'query result value is not-a-number', { blame: 'remote' });
}

/** `[1600000000.123, "42"]`. Compat: fractions of seconds are dropped. */
function pointOf(pair: unknown): Metric {
  const [seconds, text] = Array.isArray(pair) ? pair : [];
  const at = typeof seconds === 'number' ? Math.trunc(seconds) * 1000 : Number.NaN;
  const value = typeof text === 'string' ? numberOf(text) : undefined;
  if (Number.isSafeInteger(at) && value !== undefined) return { at, value };
  throw failed('bad_response', 'a sample is no pair of time and value');
}

function numberOf(text: string): number | undefined {
  switch (text) {
    case 'NaN':
      return Number.NaN;
    case '+Inf':
    case 'Inf':
      return Number.POSITIVE_INFINITY;
    case '-Inf':
      return Number.NEGATIVE_INFINITY;
    default: {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isNaN(value) ? undefined : value;
    }
  }
}

/** `null` is how some servers write an empty list. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value == null) return [];
  throw failed('bad_response', 'a list was expected');
}
