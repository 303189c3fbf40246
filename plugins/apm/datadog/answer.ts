/** What Datadog answered. Pure, but for warnings. Source: spec plugins.md §9. */
import { STATUS_CODES } from 'node:http';
import {
  AutoscalerError,
  type HttpAnswer,
  isJsonObject,
  isSuccess,
  type JsonObject,
  jsonObject,
  type Logger,
  leadsTo,
  type Metric,
  statusFacts,
} from 'nomad-autoscaler/sdk';

type Hide = (text: string) => string;

/**
 * @param hide  takes secrets out of what Datadog, or a proxy before it, says.
 * @returns     every series that has a list of points, an empty list too.
 * @throws      `datadog_failed` with the status and Datadog's reasons, `bad_answer`.
 */
export function readAnswer(answer: HttpAnswer, log: Logger, hide: Hide): readonly (readonly Metric[])[] {
  if (!isSuccess(answer)) throw refused(answer, hide);
  const content = jsonObject(answer, hide);
  const { status, error } = content;
  if (status === 'error') {
    const why = typeof error === 'string' && error !== '' ? hide(error) : 'the query failed';
    throw new AutoscalerError('datadog_failed', why, { blame: 'usage' });
  }
  return seriesOf(content, log);
}

/** `{"errors": ["Forbidden"]}` says why; a page of a proxy says nothing. */
function refused(answer: HttpAnswer, hide: Hide): AutoscalerError {
  const { status } = answer;
  const leads = leadsTo(answer);
  const parts = [
    `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(leads === undefined ? reasonsIn(answer.body, hide) : [`it leads to ${leads}`]),
  ];
  return new AutoscalerError('datadog_failed', parts.join(': '), statusFacts(status));
}

function reasonsIn(body: string, hide: Hide): readonly string[] {
  try {
    const content: unknown = JSON.parse(body);
    const errors = isJsonObject(content) ? content['errors'] : undefined;
    const reasons = Array.isArray(errors) ? errors.filter((one) => typeof one === 'string') : [];
    return reasons.length === 0 ? [] : [hide(reasons.join(', ')).slice(0, 1000)];
  } catch {
    return []; // the status says enough
  }
}

function seriesOf({ series: listed }: JsonObject, log: Logger): readonly (readonly Metric[])[] {
  if (!Array.isArray(listed) || listed.length === 0) {
    log.warn('empty time series response from datadog, try a wider query window');
    return [];
  }
  const series = listed.flatMap((one: unknown) => {
    const points = isJsonObject(one) ? one['pointlist'] : undefined;
    return Array.isArray(points) ? [points.flatMap(pointOf)] : [];
  });
  if (series.length === 0) {
    log.warn('no data points found in time series response from datadog, try a wider query window');
  }
  return series;
}

/** `[1600000000000, 42.5]`. What has another length or holds a null is no point. Compat: fractions of seconds are dropped. */
function pointOf(point: unknown): readonly Metric[] {
  if (!Array.isArray(point) || point.length !== 2 || point.includes(null)) return [];
  const [ms, value]: readonly unknown[] = point;
  const at = typeof ms === 'number' ? Math.trunc(ms / 1000) * 1000 : Number.NaN;
  if (Number.isSafeInteger(at) && typeof value === 'number') return [{ at, value }];
  throw new AutoscalerError('bad_answer', 'a point is no pair of a time and a number', { blame: 'remote' });
}
