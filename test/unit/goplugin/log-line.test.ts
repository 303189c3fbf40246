import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginsPanic, readLogLine } from '../../../src/goplugin/log-line.ts';

const stamp = '"@timestamp":"2026-11-21T09:00:00.123456Z"';

test('go-plugin #103: a JSON line keeps its level and its fields, with the time stamp last', () => {
  const line = `{"@level":"info","@message":"m",${stamp},"@module":"x","foo":"bar","n":12}`;
  const read = readLogLine(line, false);
  assert.deepEqual(read, {
    level: 'info',
    message: 'm',
    fields: { '@module': 'x', foo: 'bar', n: 12, timestamp: '2026-11-21T09:00:00.123Z' },
  });
  assert.equal(Object.keys(read.fields).at(-1), 'timestamp');
});

const raw = [
  '["HELLO"]',
  '12345',
  '{"a":1}',
  'null',
  '{}',
  '',
  'HELLO',
  'INFO text',
  ' [WARN] text',
  '[ERR] text',
  `{"@level":"warning","@message":"m",${stamp}}`,
  `{"@level":"off","@message":"m",${stamp}}`,
  `{"@message":"m",${stamp}}`,
];
for (const line of raw) {
  test(`go-plugin #104: ${line === '' ? 'an empty line' : line} is logged as it stands, at debug`, () => {
    assert.deepEqual(readLogLine(line, false), { level: 'debug', message: line, fields: {} });
  });
}

test('go-plugin #111: a time stamp in milliseconds makes a line plain text', () => {
  const line = '{"@level":"info","@message":"m","@timestamp":"2026-11-21T09:00:00.123Z"}';
  assert.deepEqual(readLogLine(line, false), { level: 'debug', message: line, fields: {} });
});

for (const line of ['{"@message":1}', '{"@level":[],"@message":"m"}', '{"@level":"info","@timestamp":7}']) {
  test(`go-plugin #112: ${line} is plain text and no accident`, () => {
    assert.deepEqual(readLogLine(line, false), { level: 'debug', message: line, fields: {} });
  });
}

test('a line without a time stamp has the zero time', () => {
  const { level, fields } = readLogLine('{"@level":"WARN ","@message":"m"}', false);
  assert.deepEqual([level, fields], ['warn', { timestamp: '0001-01-01T00:00:00.000Z' }]);
});

test('a zone loses its colon', () => {
  const { fields } = readLogLine('{"@level":"info","@timestamp":"2026-11-21T09:00:00.000001+02:00"}', false);
  assert.equal(fields['timestamp'], '2026-11-21T09:00:00.000+0200');
});

test('a line without a message has an empty one', () => {
  assert.deepEqual(readLogLine('{"@level":"error","k":"v"}', false), {
    level: 'error',
    message: '',
    fields: { k: 'v', timestamp: '0001-01-01T00:00:00.000Z' },
  });
});

test('numbers read as Go prints floating point', () => {
  const { fields } = readLogLine(
    '{"@level":"info","a":3600000000000,"b":999999,"c":1234567.5,"d":-1e6,"e":0.5}',
    false,
  );
  const { a, b, c, d, e } = fields;
  assert.deepEqual([a, b, c, d, e], ['3.6e+12', 999999, '1.2345675e+06', '-1e+06', 0.5]);
});

test('a prefix of text names its level and stays', () => {
  assert.deepEqual(readLogLine('[WARN] test line', false), { level: 'warn', message: '[WARN] test line', fields: {} });
});

test('go-plugin #110: in a panic only text without a level is an error', () => {
  assert.equal(readLogLine('goroutine 1 [running]:', true).level, 'error');
  assert.equal(readLogLine('[DEBUG] x', true).level, 'debug');
  assert.equal(readLogLine('{"@level":"info","@message":"m"}', true).level, 'info');
});

test('panics begin in Go’s and in Node’s words', () => {
  const all = [
    'panic: boom',
    'fatal error: stack',
    'FATAL ERROR: heap',
    'Uncaught Error: x',
    ' panic: no',
    'a panic: no',
  ];
  assert.deepEqual(all.map(beginsPanic), [true, true, true, true, false, false]);
});
