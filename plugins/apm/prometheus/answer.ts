/** What Prometheus answered: series, or why there are none. Pure. Source: spec plugins.md §8; the texts are upstream's. */
import { AutoscalerError, type Metric } from 'nomad-autoscaler/sdk';

export interface Answer {
  /** For `seriesOf`. */
  readonly data: unknown;
  readonly warnings: readonly string[];
}

/** @throws `prometheus_failed`, text `<errorType>: <error>`. */
export function readAnswer(status: number, body: string): Answer {
  const isApiError = status === 400 || status === 422;
  if (!isApiError && (status < 200 || status > 299)) throw refused(status);
  const answer = parse(body);
  if (isApiError === (answer.status === 'success')) throw failed('bad_response', 'inconsistent body for response code');
  if (answer.status === 'error') throw failed(textOf(answer.errorType), textOf(answer.error));
  const warnings = Array.isArray(answer.warnings) ? answer.warnings.map(textOf) : [];
  return { data: answer.data, warnings };
}

interface Body {
  readonly status?: unknown;
  readonly errorType?: unknown;
  readonly error?: unknown;
  readonly warnings?: unknown;
  readonly data?: unknown;
}

function parse(body: string): Body {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, as for any other answer that is no object.
  }
  throw failed(
    'bad_response',
    `the answer is no JSON object, or not all of it: ${body.slice(0, 60).replaceAll(/\s+/g, ' ')}…`,
  );
}

function refused(status: number): AutoscalerError {
  if (status >= 400 && status < 500) return failed('client_error', `client error: ${status}`, status === 429);
  if (status >= 500) return failed('server_error', `server error: ${status}`, true);
  return failed('bad_response', `bad response code ${status}`);
}

/** @throws `metric_not_a_number`, `unsupported_result`, and `prometheus_failed` for what is no result at all. */
export function seriesOf({ data }: Answer): readonly (readonly Metric[])[] {
  const { resultType, result } = (data ?? {}) as { readonly resultType?: unknown; readonly result?: unknown };
  switch (resultType) {
    case 'scalar':
      return [[pointOf(result)]];
    case 'vector': // Compat: all elements make one series.
      return [listOf(result).map((one) => pointOf((one as { readonly value?: unknown } | null)?.value))];
    case 'matrix':
      return listOf(result).map((one) => {
        const values = (one as { readonly values?: unknown } | null)?.values;
        return values === undefined ? [] : listOf(values).map(pointOf);
      });
    default:
      throw new AutoscalerError('unsupported_result', `result type (\`${textOf(resultType)}\`) is not supported`, {
        blame: 'usage',
      });
  }
}

/** `[1600000000.123, "42"]`. Compat: fractions of seconds are dropped. */
function pointOf(pair: unknown): Metric {
  const [seconds, text] = listOf(pair);
  if (typeof seconds !== 'number' || typeof text !== 'string')
    throw failed('bad_response', 'a sample is no pair of time and value');
  const value = numberOf(text);
  if (Number.isNaN(value)) {
    throw new AutoscalerError('metric_not_a_number', 'query result value is not-a-number', { blame: 'remote' });
  }
  return { at: Math.trunc(seconds) * 1000, value };
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text.trim() === '' ? Number.NaN : Number(text);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw failed('bad_response', 'a list was expected');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function failed(type: string, message: string, retryable = false): AutoscalerError {
  return new AutoscalerError('prometheus_failed', `${type}: ${message}`, { blame: 'remote', retryable });
}
