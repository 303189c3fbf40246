/** What every APM must do. */
import assert from 'node:assert/strict';
import type { Metric, TimeRange } from '../model/metric.ts';
import { type CommonSample, type ConformanceCase, commonCases, withSession } from './conformance.ts';
import type { Subject } from './subject.ts';

export interface ApmSample extends CommonSample {
  /** A query that has data in the range. */
  readonly query: string;
  readonly range: TimeRange;
  /** A query that is an error. Left out, there is none. */
  readonly badQuery?: string;
  /** A query without data. Left out, there is none. */
  readonly emptyQuery?: string;
}

/** The suite of an APM. */
export function apmConformance(subject: Subject<'apm'>, sample: ApmSample): readonly ConformanceCase[] {
  const { agentConfig, query, range, badQuery, emptyQuery } = sample;
  const cases: ConformanceCase[] = [
    ...commonCases(subject, sample, async (apm, signal) => apm.query(query, range, signal)),
    {
      title: 'a query gives points in time',
      run: () =>
        withSession(subject, agentConfig, async (apm, signal) => {
          const points = await apm.query(query, range, signal);
          assert.ok(points.length > 0, 'the query has no data');
          for (const point of points) assertPoint(point);
        }),
    },
    {
      title: 'a query for several series gives at least the one',
      run: () =>
        withSession(subject, agentConfig, async (apm, signal) => {
          const series = await apm.queryMultiple(query, range, signal);
          assert.ok(series.length > 0, 'there is no series');
          for (const point of series.flat()) assertPoint(point);
        }),
    },
  ];
  if (badQuery !== undefined) {
    cases.push({
      title: 'a bad query is an error and no empty answer',
      run: () =>
        withSession(subject, agentConfig, async (apm, signal) => {
          await assert.rejects(async () => apm.query(badQuery, range, signal), 'it answered');
        }),
    });
  }
  if (emptyQuery !== undefined) {
    cases.push({
      title: 'a query without data gives no points, and no made-up ones',
      run: () =>
        withSession(subject, agentConfig, async (apm, signal) => {
          assert.deepEqual(await apm.query(emptyQuery, range, signal), []);
        }),
    });
  }
  return cases;
}

function assertPoint({ at, atNanos = 0, value }: Metric): void {
  assert.ok(Number.isSafeInteger(at), `not whole milliseconds: ${at}`);
  assert.ok(Number.isInteger(atNanos) && atNanos >= 0 && atNanos < 1e6, `not the rest of a millisecond: ${atNanos}`);
  assert.equal(typeof value, 'number');
}
