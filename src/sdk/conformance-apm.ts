/** What every APM must do. */
import assert from 'node:assert/strict';
import type { Metric, TimeRange } from '../model/metric.ts';
import { type CommonSample, commonCases, ruleMaker, type Work } from './conformance.ts';
import { type ConformanceCase, leftOut } from './conformance-case.ts';
import type { Subject } from './subject.ts';

/** What the suite of an APM is tried with. */
export interface ApmSample extends CommonSample {
  /** A query that has data in the range. Left out, no call is tried that works. */
  readonly query?: string;
  readonly range: TimeRange;
  /** A query that is an error. Left out, there is none. */
  readonly badQuery?: string;
  /** A query without data. Left out, there is none. */
  readonly emptyQuery?: string;
}

/** The suite of an APM. */
export function apmConformance(subject: Subject<'apm'>, sample: ApmSample): readonly ConformanceCase[] {
  const { query, range } = sample;
  const call: Work<'apm'> | undefined =
    query === undefined ? undefined : async (apm, signal) => apm.query(query, range, signal);
  return [...commonCases(subject, sample, call), ...dataCases(subject, sample), ...oddCases(subject, sample)];
}

function dataCases(subject: Subject<'apm'>, { agentConfig, query, range }: ApmSample): readonly ConformanceCase[] {
  const titles = {
    one: 'a query gives points in time',
    several: 'a query for several series gives at least the one',
  };
  if (query === undefined) return Object.values(titles).map((title) => leftOut(title, 'no query is given'));
  const rule = ruleMaker(subject, agentConfig);
  return [
    rule(titles.one, async (apm, signal) => {
      const points = await apm.query(query, range, signal);
      assert.ok(points.length > 0, 'the query has no data');
      for (const point of points) assertPoint(point);
    }),
    rule(titles.several, async (apm, signal) => {
      const series = await apm.queryMultiple(query, range, signal);
      assert.ok(series.length > 0, 'there is no series');
      for (const point of series.flat()) assertPoint(point);
    }),
  ];
}

function oddCases(subject: Subject<'apm'>, sample: ApmSample): readonly ConformanceCase[] {
  const { agentConfig, range, badQuery, emptyQuery } = sample;
  const titles = {
    bad: 'a bad query is an error and no empty answer',
    empty: 'a query without data gives no points, and no made-up ones',
  };
  const rule = ruleMaker(subject, agentConfig);
  return [
    badQuery === undefined
      ? leftOut(titles.bad, 'no bad query is given')
      : rule(titles.bad, (apm, signal) =>
          assert.rejects(async () => apm.query(badQuery, range, signal), 'it answered'),
        ),
    emptyQuery === undefined
      ? leftOut(titles.empty, 'no query without data is given')
      : rule(titles.empty, async (apm, signal) => {
          assert.deepEqual(await apm.query(emptyQuery, range, signal), []);
        }),
  ];
}

function assertPoint({ at, atNanos = 0, value }: Metric): void {
  assert.ok(Number.isSafeInteger(at), `not whole milliseconds: ${at}`);
  assert.ok(Number.isInteger(atNanos) && atNanos >= 0 && atNanos < 1e6, `not the rest of a millisecond: ${atNanos}`);
  assert.equal(typeof value, 'number');
}
