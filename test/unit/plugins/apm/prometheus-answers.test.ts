/** What answers of Prometheus, and of what stands before it, mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer } from '../../../../plugins/apm/prometheus/answer.ts';
import { seriesOf } from '../../../../plugins/apm/prometheus/result.ts';
import type { AutoscalerError } from '../../../../src/lib/error.ts';
import { fakeService, halfMinute } from '../../../support/http-apm.ts';
import { never } from '../../../support/nomad.ts';
import { apiError, matrix, openPrometheus, success } from '../../../support/prometheus.ts';

const plain = (text: string) => text;
const answerOf = (status: number, body: string, headers = {}) => readAnswer({ status, body, headers }, plain);
const read = (status: number, body: string, headers = {}) => seriesOf(answerOf(status, body, headers).data);

test('every other answer is an error that says what the server said', () => {
  const bad = apiError('bad_data', '1:5: parse error: unclosed left parenthesis');
  const cases: readonly (readonly [number, string, RegExp])[] = [
    [400, bad, /^bad_data: 1:5: parse error: unclosed left parenthesis$/],
    [422, apiError('execution', 'too many'), /^execution: too many$/],
    [503, apiError('timeout', 'query timed out'), /^timeout: query timed out$/],
    [404, '', /^client_error: client error: 404$/],
    [401, 'no org id\n', /^client_error: client error: 401: no org id$/],
    [500, '{"message":"Unexpected error","traceID":""}', /^server_error: server error: 500: Unexpected error$/],
    [
      502,
      '<html><head><title>502</title></head><body><h1>Bad\n Gateway</h1>nginx</body></html>',
      /^server_error: server error: 502: Bad Gateway nginx$/,
    ],
    [429, '{"error":"slow down"}', /^client_error: client error: 429: slow down$/],
    [403, 'x'.repeat(5_000), /^client_error: client error: 403: x{300}…$/],
    [200, bad, /^bad_response: inconsistent body for response code: bad_data: 1:5: parse error/],
    [400, success('vector', []), /^bad_response: inconsistent body for response code$/],
    [200, '', /^bad_response: the answer is no JSON object, or not all of it: it is empty$/],
    [200, '<html>', /^bad_response: the answer is no JSON object, or not all of it: <html>$/],
    [200, '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{}', /^bad_response: /],
    [200, '[]', /^bad_response: the answer is no JSON object/],
    [200, success('string', [1, 'x']), /^result type \(`string`\) is not supported$/],
    [200, success('matrix', [{ metric: {}, values: [['1', 5]] }]), /^bad_response: a sample is no pair/],
    [200, success('matrix', [{ metric: {}, values: [[1e300, '5']] }]), /^bad_response: a sample is no pair/],
    [200, success('vector', [{ metric: {}, value: [1, 'many'] }]), /^bad_response: a sample is no pair/],
    [200, success('vector', [null]), /^bad_response: a sample is no pair/],
    [200, success('matrix', 'x'), /^bad_response: a list was expected$/],
    [200, '{"status":"success"}', /is not supported$/],
  ];
  for (const [status, body, message] of cases) assert.throws(() => read(status, body), { message });
});

test('a redirect that is not followed says where it leads, without what follows the path', () => {
  const redirect = (location: string) => () => read(302, '', { location });
  assert.throws(redirect('https://login.example/start?token=geheim'), {
    message: 'bad_response: bad response code 302: it leads to https://login.example/start',
  });
  assert.throws(redirect('/login'), { message: 'bad_response: bad response code 302: it leads to /login' });
  assert.throws(() => read(304, ''), { message: 'bad_response: bad response code 304' });
});

test('who can mend it, and whether it may pass by itself', () => {
  const facts = (status: number, body: string): readonly [string, boolean] => {
    let found: AutoscalerError | undefined;
    assert.throws(
      () => answerOf(status, body),
      (error: AutoscalerError) => {
        found = error;
        return true;
      },
    );
    assert.equal(found?.code, 'prometheus_failed');
    return [found?.blame ?? '', found?.retryable ?? false];
  };
  assert.deepEqual(facts(400, apiError('bad_data', 'x')), ['usage', false]);
  assert.deepEqual(facts(422, apiError('execution', 'x')), ['remote', false]);
  assert.deepEqual(facts(503, apiError('timeout', 'x')), ['remote', true]);
  assert.deepEqual(facts(401, 'no org id'), ['usage', false]);
  assert.deepEqual(facts(429, ''), ['remote', true]);
  assert.deepEqual(facts(502, ''), ['remote', true]);
});

test('an empty vector is one empty series, an empty matrix none; null is empty', () => {
  assert.deepEqual(read(200, success('vector', [])), [[]]);
  assert.deepEqual(read(200, success('vector', null)), [[]]);
  assert.deepEqual(read(200, success('matrix', [])), []);
  assert.deepEqual(read(200, success('matrix', [{ metric: {}, histograms: [] }])), [[]]);
});

test('the elements of a vector are values of one moment, each with the labels that tell it apart', () => {
  const element = (instance: string, value: string) => ({ metric: { job: 'node', instance }, value: [7, value] });
  assert.deepEqual(read(200, success('vector', [element('a', '12'), element('b', '97')])), [
    [
      { at: 7_000, value: 12, series: 'instance="a"' },
      { at: 7_000, value: 97, series: 'instance="b"' },
    ],
  ]);
  assert.deepEqual(read(200, success('vector', [element('a', '12')])), [[{ at: 7_000, value: 12 }]]);
  const nameless = [{ value: [7, '1'] }, { value: [7, '2'] }];
  assert.deepEqual(
    read(200, success('vector', nameless))[0]?.map(({ series }) => series),
    ['element 1', 'element 2'],
  );
  assert.throws(() => read(200, success('vector', [element('a', 'NaN'), element('b', '97')])), {
    code: 'metric_not_a_number',
  });
});

test('a series may begin with what is no number, but not end with it', () => {
  const values = (...texts: readonly string[]) => matrix(texts.map((text, at) => [at, text]));
  assert.deepEqual(
    read(200, values('NaN', 'NaN', '62.5', '71'))[0]?.map(({ value }) => value),
    [Number.NaN, Number.NaN, 62.5, 71],
  );
  assert.throws(() => read(200, values('62.5', 'NaN')), { code: 'metric_not_a_number' });
});

test('native histograms are no numbers, and the error says what makes some of them', () => {
  const histogram = [1, { count: '3', sum: '4', buckets: [[0, '1', '2', '3']] }];
  const results = [
    success('vector', [{ metric: {}, histogram }]),
    success('vector', [
      { metric: { a: '1' }, value: [1, '5'] },
      { metric: { a: '2' }, histogram },
    ]),
    success('matrix', [{ metric: {}, histograms: [histogram] }]),
    success('matrix', [{ metric: {}, values: [[1, '5']], histograms: [histogram] }]),
  ];
  for (const body of results) {
    assert.throws(() => read(200, body), {
      code: 'unsupported_result',
      blame: 'usage',
      message: /^query returned native histograms, which are no numbers; .*histogram_quantile/,
    });
  }
});

test('warnings mean that the answer is not whole, remarks about the query do not', () => {
  const warned = (warnings: readonly string[], more = {}) =>
    answerOf(200, success('vector', [], { warnings, ...more })).partial;
  assert.equal(warned([]), undefined);
  assert.equal(warned(['PromQL info: metric might not be a counter']), undefined);
  assert.equal(warned([], { infos: ['PromQL info: metric might not be a counter'] }), undefined);
  assert.equal(warned(['PromQL info: x', 'store 2 is away', 'and store 3']), 'store 2 is away; and store 3');
  assert.equal(warned([], { isPartial: true }), 'isPartial');
  assert.equal(warned([], { isPartial: false }), undefined);
});

test('warnings and infos are logged, each of them, and an answer that is not whole says so', async (t) => {
  const notes = { warnings: ['one store is away', 'another'], infos: ['PromQL info: no counter'] };
  const { origin } = await fakeService(t, ({ parameters: { query } }) =>
    query === 'none' ? success('vector', [], notes) : success('vector', [{ metric: {}, value: [1, '5'] }], notes),
  );
  const { session, said } = await openPrometheus(t, { address: origin });
  assert.deepEqual(await session.query('5', halfMinute, never), [
    { at: 1_000, value: 5, partial: 'one store is away; another' },
  ]);
  assert.deepEqual(said, [
    ['warn', 'prometheus query returned warning', { warning: 'one store is away' }],
    ['warn', 'prometheus query returned warning', { warning: 'another' }],
    ['debug', 'prometheus query returned info', { info: 'PromQL info: no counter' }],
  ]);
  assert.deepEqual(await session.query('none', halfMinute, never), []);
});
