/** What Instana answered. Pure. Source: spec plugins.md §11. */
import {
  AutoscalerError,
  type HttpAnswer,
  inContext,
  isJsonObject,
  type JsonObject,
  jsonObject,
  type Metric,
} from 'nomad-autoscaler/sdk';

/**
 * @param hide  takes secrets out of what Instana, or a proxy before it, says.
 * @returns     a series for each metric of each item that has points.
 * @throws      `bad_answer`
 */
export function readAnswer(
  answer: Pick<HttpAnswer, 'body'>,
  hide: (text: string) => string,
): readonly (readonly Metric[])[] {
  try {
    return seriesOf(jsonObject(answer, hide));
  } catch (cause) {
    throw inContext('failed to decode instana response', cause);
  }
}

function seriesOf({ items }: JsonObject): readonly (readonly Metric[])[] {
  if (items == null) return [];
  if (!Array.isArray(items)) throw bad('items is no list');
  return items.flatMap((item: unknown) => {
    const metrics = isJsonObject(item) ? item['metrics'] : undefined;
    if (!isJsonObject(metrics)) return [];
    return Object.values(metrics)
      .map((points) => (Array.isArray(points) ? points.flatMap(pointOf) : []))
      .filter((points) => points.length > 0);
  });
}

/** `[1600000000123, 42.5]`. Instana says null where it knows nothing: that is no point, and not 0. */
function pointOf(point: unknown): readonly Metric[] {
  if (!Array.isArray(point) || point.length < 2 || point.includes(null)) return [];
  const [ms, value]: readonly unknown[] = point;
  const at = typeof ms === 'number' ? Math.trunc(ms) : Number.NaN;
  if (Number.isSafeInteger(at) && typeof value === 'number') return [{ at, value }];
  throw bad('a point is no pair of a time and a number');
}

const bad = (why: string) => new AutoscalerError('bad_answer', why, { blame: 'remote' });
