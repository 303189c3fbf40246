/** What InfluxDB answered. Pure. Source: spec plugins.md §10; the texts are upstream's. */
import {
  AutoscalerError,
  type HttpAnswer,
  inContext,
  isJsonObject,
  type JsonObject,
  jsonObject,
  type Metric,
  usageError,
} from 'nomad-autoscaler/sdk';

type Hide = (text: string) => string;

/**
 * @param hide  takes secrets out of what InfluxDB, or a proxy before it, says.
 * @returns     every series that has points; one that was cut off says so.
 * @throws      `influxdb_failed` for an error inside the answer and for series that cannot be read, `bad_answer`.
 */
export function readAnswer(answer: Pick<HttpAnswer, 'body'>, hide: Hide): readonly (readonly Metric[])[] {
  const content = decode(answer, hide);
  refuseError(content, hide);
  return objects(content['results']).flatMap((result) => {
    refuseError(result, hide);
    return objects(result['series'])
      .map((series) => pointsOf(series, result['partial'] === true || series['partial'] === true))
      .filter((points) => points.length > 0);
  });
}

function decode(answer: Pick<HttpAnswer, 'body'>, hide: Hide): JsonObject {
  try {
    return jsonObject(answer, hide);
  } catch (cause) {
    throw inContext('failed to decode influxdb query response', cause);
  }
}

function refuseError({ error }: JsonObject, hide: Hide): void {
  if (typeof error !== 'string' || error === '') return;
  throw new AutoscalerError('influxdb_failed', `influxdb query error: ${hide(error)}`, { blame: 'remote' });
}

/** The value is in the column `value`, else in the first one that is not the time. */
function pointsOf(series: JsonObject, isPartial: boolean): readonly Metric[] {
  const columns = listOf(series['columns']);
  const named = `influxdb series "${typeof series['name'] === 'string' ? series['name'] : ''}"`;
  const timeAt = columns.indexOf('time');
  if (timeAt < 0) throw usageError('influxdb_failed', `${named} does not contain time column`);
  const known = columns.indexOf('value');
  const valueAt = known >= 0 ? known : columns.findIndex((column) => column !== 'time');
  if (valueAt < 0) throw usageError('influxdb_failed', `${named} does not contain a metric value column`);
  const points = listOf(series['values']).flatMap((row) => {
    const cells = listOf(row);
    return pointOf(numberOf(cells[timeAt]), numberOf(cells[valueAt]));
  });
  const newest = points.at(-1);
  if (!isPartial || newest === undefined) return points;
  // Compat: InfluxDB's `max-row-limit`. What it leaves out may be the newest.
  return [...points.slice(0, -1), { ...newest, partial: `${named} was cut off by the server's limit of rows` }];
}

/** A row that is too short, or has a null there, is no point. */
function pointOf(seconds: number | undefined, value: number | undefined): readonly Metric[] {
  if (seconds === undefined || value === undefined) return [];
  const at = Math.trunc(seconds) * 1000;
  return Number.isSafeInteger(at) ? [{ at, value }] : [];
}

/** Of a number, or of a text that writes one. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const isNumeric = typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim());
  return isNumeric ? Number(value) : undefined;
}

const listOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);

const objects = (list: unknown): readonly JsonObject[] => listOf(list).filter(isJsonObject);
