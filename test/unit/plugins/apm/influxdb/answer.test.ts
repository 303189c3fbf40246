/** What answers of InfluxDB mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer } from '../../../../../plugins/apm/influxdb/answer.ts';
import { halfMinute } from '../../../../support/http-apm.ts';
import { answer, fakeInfluxdb, table } from '../../../../support/influxdb.ts';
import { never } from '../../../../support/nomad.ts';

const read = (body: string) => readAnswer({ body }, (text) => text);
const columns = ['time', 'value'];

test('plugins #104: rows that are too short, hold a null or no number are skipped', () => {
  const rows = [[1, null], [null, 1], [2], [3, 'many'], [4, ''], [5, true], ['soon', 6], null, [1e300, 7]];
  assert.deepEqual(read(answer(table(columns, ...rows, [8, 0], ['9', ' -1.5e1 ']))), [
    [
      { at: 8_000, value: 0 },
      { at: 9_000, value: -15 },
    ],
  ]);
});

test('plugins #104: the value is in the column `value`, else in the first one beside the time', () => {
  assert.deepEqual(read(answer(table(['mean', 'time', 'max'], [5, 1, 9]))), [[{ at: 1_000, value: 5 }]]);
  assert.deepEqual(read(answer(table(['time', 'mean', 'value'], [1, 5, 9]))), [[{ at: 1_000, value: 9 }]]);
});

test('plugins #104: two series, of one statement or of two, are one too many for a query for one', async (t) => {
  const [first, second] = [table(columns, [1, 1]), table(columns, [1, 2])];
  let body = answer(first, second);
  const { session, whyNot } = await fakeInfluxdb(t, () => body);
  const both = [[{ at: 1_000, value: 1 }], [{ at: 1_000, value: 2 }]];
  assert.equal(await whyNot(), 'query returned 2 metric streams, only 1 is expected');
  assert.deepEqual(await session.queryMultiple('q', halfMinute, never), both);
  body = JSON.stringify({ results: [{ series: [first] }, { series: [second] }] });
  assert.equal(await whyNot(), 'query returned 2 metric streams, only 1 is expected');
  assert.deepEqual(await session.queryMultiple('q', halfMinute, never), both);
});

test('plugins #104: an error in the answer, of the whole or of a statement, is one', () => {
  const text = 'database not found: "x"';
  const message = `influxdb query error: ${text}`;
  assert.throws(() => read(JSON.stringify({ error: text })), { message, code: 'influxdb_failed' });
  assert.throws(() => read(JSON.stringify({ results: [{ series: [table(columns, [1, 1])] }, { error: text }] })), {
    message,
  });
  assert.deepEqual(read('{"error":"","results":[{"error":""}]}'), []);
});

test('plugins #104: no series, or only empty ones, are no data, and no error', async (t) => {
  let body = '';
  const { session, said } = await fakeInfluxdb(t, () => body);
  const warning = 'empty time series response from influxdb, try a wider query window';
  for (body of ['{}', '{"results":[]}', '{"results":[{"statement_id":0}]}', answer(table(columns, [1, null]))]) {
    assert.deepEqual(await session.query('q', halfMinute, never), []);
    assert.deepEqual(await session.queryMultiple('q', halfMinute, never), []);
    assert.deepEqual(said.splice(0), [
      ['warn', warning, undefined],
      ['warn', warning, undefined],
    ]);
  }
  body = answer(table(columns, [1, null]), table(columns, [1, 5]));
  assert.deepEqual(await session.query('q', halfMinute, never), [{ at: 1_000, value: 5 }]);
  assert.deepEqual(said, []);
});

test('a series without its columns cannot be read', () => {
  const without =
    (...names: string[]) =>
    () =>
      read(answer(table(names, [1, 1])));
  assert.throws(without('mean'), { message: 'influxdb series "cpu" does not contain time column' });
  assert.throws(without('time'), { message: 'influxdb series "cpu" does not contain a metric value column' });
  assert.throws(() => read(answer({ values: [[1, 1]] })), {
    message: 'influxdb series "" does not contain time column',
  });
});

test('plugins #104: what is no answer of InfluxDB cannot be decoded', async (t) => {
  let body = '<html>';
  const { whyNot } = await fakeInfluxdb(t, () => body);
  const why = 'failed to decode influxdb query response: the answer is no JSON object, or not all of it';
  assert.equal(await whyNot(), `${why}: <html>`);
  body = '{"results":[{"ser';
  assert.equal(await whyNot(), `${why}: {"results":[{"ser`);
});

test('a series that the server cut off says so, wherever that stands', () => {
  const series = { ...table(columns, [1, 1], [2, 2]), partial: true };
  const partial = `influxdb series "cpu" was cut off by the server's limit of rows`;
  const points = [
    { at: 1_000, value: 1 },
    { at: 2_000, value: 2, partial },
  ];
  assert.deepEqual(read(answer(series)), [points]);
  assert.deepEqual(read(JSON.stringify({ results: [{ partial: true, series: [table(columns, [1, 1], [2, 2])] }] })), [
    points,
  ]);
});
