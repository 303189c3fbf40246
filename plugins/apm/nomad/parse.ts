/** The grammar of nomad-apm's queries. Source: spec plugins.md §7; the texts are upstream's. */
import { usageError } from 'nomad-autoscaler/sdk';
import { type Pool, type PoolKey, poolKeys } from 'nomad-autoscaler/sdk/nodepool';

const taskGroupMetrics = ['cpu', 'cpu-allocated', 'memory', 'memory-allocated'] as const;
const nodeMetrics = ['cpu', 'memory'] as const;
const nodeOperations = ['percentage-allocated', 'percentage-wanted'] as const;
const operations = ['sum', 'avg', 'min', 'max'] as const;

export interface TaskGroupQuery {
  readonly kind: 'taskgroup';
  readonly operation: (typeof operations)[number];
  readonly metric: (typeof taskGroupMetrics)[number];
  readonly group: string;
  readonly job: string;
  readonly namespace: string;
}

export interface NodeQuery {
  readonly kind: 'node';
  /** `percentage-wanted` also has what waits for room; upstream does not know it. */
  readonly operation: (typeof nodeOperations)[number];
  readonly metric: (typeof nodeMetrics)[number];
  /** A node belongs to the pool when all of them hold. */
  readonly pool: Pool;
  /** How the query should be written, when it has the form of v0.5.0. */
  readonly insteadWrite?: string;
}

/** @throws `invalid_query` (usage). */
export function parseQuery(query: string): TaskGroupQuery | NodeQuery {
  const underscore = query.indexOf('_');
  const kind = underscore < 0 ? query : query.slice(0, underscore);
  if (kind === 'taskgroup') return parseTaskGroup(query);
  if (kind === 'node') return parseNode(query);
  throw usageError('invalid_query', `unsupported query type "${kind}"`);
}

/** `taskgroup_<operation>_<metric>/<group>/<job>@<namespace>`; a job's ID may hold slashes and at signs. */
function parseTaskGroup(query: string): TaskGroupQuery {
  const first = query.indexOf('/');
  const second = query.indexOf('/', first + 1);
  if (first < 0 || second < 0) {
    throw invalid(`expected <query>/<group>/<job>@<namespace>, received ${query}`);
  }
  const rest = query.slice(second + 1);
  const at = rest.lastIndexOf('@');
  const namespace = rest.slice(at + 1);
  const job = rest.slice(0, Math.max(at, 0));
  if (at < 0 || namespace === '') throw invalid(`missing namespace from query ${query}`);
  if (job === '') throw invalid(`missing job from query ${query}`);

  const prefix = query.slice(0, first);
  const [, operationText, metricText, ...more] = prefix.split('_');
  if (operationText === undefined || metricText === undefined || more.length > 0) {
    throw invalid(`expected taskgroup_<operation>_<metric>, received "${prefix}"`);
  }
  const metric = taskGroupMetrics.find((one) => one === metricText);
  if (metric === undefined) {
    throw invalid(`invalid metric "${metricText}", allowed values are: ${taskGroupMetrics.join(', ')}`);
  }
  const operation = operations.find((one) => one === operationText);
  if (operation === undefined) {
    throw invalid(`invalid operation "${operationText}", allowed values are sum, avg, min or max`);
  }
  return { kind: 'taskgroup', operation, metric, group: query.slice(first + 1, second), job, namespace };
}

/** `node_<operation>_<metric>/<key>=<value>,…`, or v0.5.0's `node_percentage-allocated_<metric>/<class>/class`. */
function parseNode(query: string): NodeQuery {
  const slash = query.indexOf('/');
  const pairs = slash < 0 ? '' : query.slice(slash + 1);
  if (pairs === '') throw invalid(`expected <query>/<key>=<value>[,<key>=<value>...], received "${query}"`);
  const old = /^([^=,/]+)\/class$/.exec(pairs)?.[1];
  const pool = old === undefined ? pairs.split(',').map(parsePair) : [{ key: 'node_class' as const, value: old }];

  const prefix = query.slice(0, slash);
  const [, operationText, metricText, ...more] = prefix.split('_');
  if (operationText === undefined || metricText === undefined || more.length > 0) {
    throw invalid(`expected node_<operation>_<metric>, received ${prefix}`);
  }
  const metric = nodeMetrics.find((one) => one === metricText);
  if (metric === undefined) {
    throw invalid(`invalid metric "${metricText}", allowed values are: ${nodeMetrics.join(', ')}`);
  }
  const operation = nodeOperations.find((one) => one === operationText);
  if (operation === undefined) {
    // Compat: the text is upstream's, which has only this one.
    throw invalid(`invalid operation "${operationText}", allowed value is percentage-allocated`);
  }
  return {
    kind: 'node',
    operation,
    metric,
    pool,
    ...(old === undefined ? {} : { insteadWrite: `${prefix}/node_class=${encodeURIComponent(old)}` }),
  };
}

function parsePair(pair: string): PoolKey {
  const equals = pair.indexOf('=');
  const keyText = pair.slice(0, Math.max(equals, 0));
  const written = pair.slice(equals + 1);
  if (keyText === '' || written === '') throw invalid(`invalid pool identifier "${pair}": expected key=value`);
  const value = decode(written, pair);
  const key = poolKeys.find((one) => one === keyText);
  if (key === undefined) {
    throw invalid(`unknown pool key "${keyText}": must be node_class, datacenter, or node_pool`);
  }
  return { key, value };
}

/** Form-url-encoding: a plus is a space. */
function decode(written: string, pair: string): string {
  const fail = (why: string) => invalid(`failed to decode value in "${pair}": ${why}`);
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(written)?.[0];
  if (bad !== undefined) throw fail(`invalid URL escape "${bad}"`);
  try {
    return decodeURIComponent(written.replaceAll('+', ' '));
  } catch {
    throw fail('invalid UTF-8');
  }
}

const invalid = (why: string) => usageError('invalid_query', `failed to parse query: ${why}`);
