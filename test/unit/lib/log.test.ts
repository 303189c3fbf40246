import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs } from '../../../src/lib/duration.ts';
import { createLog, type LogOptions, noLog, parseLogLevel } from '../../../src/lib/log.ts';
import { logTimes } from '../../../src/lib/log-time.ts';

const at = Date.UTC(2026, 6, 1, 9, 0, 0, 123);

function recording(options: Partial<LogOptions> = {}) {
  const records: string[] = [];
  const log = createLog({
    level: 'info',
    json: false,
    location: false,
    clock: { now: () => at },
    write: (record) => records.push(record),
    ...options,
  });
  return { log, root: log.root, records };
}

/** What follows time and level. */
function textOf(message: string, fields?: Record<string, unknown>, name = 'agent'): string {
  const { root, records } = recording();
  root.named(name).info(message, fields);
  return records.join('').replace(/^.*?\[INFO\] {2}/s, '');
}

function jsonOf(fields: Record<string, unknown>): Record<string, unknown> {
  const { root, records } = recording({ json: true });
  root.named('agent').info('said', fields);
  return JSON.parse(records[0] ?? '');
}

test('a text line is time, padded level, name, message and fields', () => {
  const { root, records } = recording();
  const server = root.named('agent').named('http_server');
  server.info('server now listening for connections', { address: '127.0.0.1:8080' });
  server.error('failed');
  assert.match(records[0] ?? '', /^2026-07-01T\d\d:\d\d:00\.123(Z|[+-]\d{4}) \[INFO\] {2}agent\.http_server: server /);
  assert.match(records[0] ?? '', / connections: address=127\.0\.0\.1:8080\n$/);
  assert.match(records[1] ?? '', /\[ERROR\] agent\.http_server: failed\n$/);
});

test('agent #A75: an empty message leaves only the name, without a colon', () => {
  assert.equal(textOf(''), 'agent\n');
});

test('agent #A76: a value is quoted when it holds anything but plain visible characters', () => {
  assert.equal(textOf('m', { k: 'a b' }), 'agent: m: k="a b"\n');
  assert.equal(textOf('m', { k: 'a,b' }), 'agent: m: k="a,b"\n');
  assert.equal(textOf('m', { k: 'a:b/c[1]' }), 'agent: m: k=a:b/c[1]\n');
  assert.equal(textOf('m', { k: '' }), 'agent: m: k=""\n');
});

test('agent #A77: a duration is canonical text in text lines and nanoseconds in JSON lines', () => {
  assert.equal(textOf('m', { k: durationMs(300_000) }), 'agent: m: k=5m0s\n');
  assert.equal(jsonOf({ k: durationMs(300_000) })['k'], 300_000_000_000);
});

test('agent #A91: a value of several lines is a block with escaped control characters', () => {
  assert.equal(textOf('m', { k: 'a\n\tb' }), 'agent: m:\n  k=\n  | a\n  | \\tb\n  \n');
});

test('a block drops one final line ending, as for a list of errors, and other fields follow after two spaces', () => {
  const text = textOf('m', { error: new Error('1 error occurred:\n\t* "x" failed\n\n'), code: 7 });
  assert.equal(text, 'agent: m:\n  error=\n  | 1 error occurred:\n  | \\t* "x" failed\n  | \n   code=7\n');
});

test('values are written as Go writes them', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [42, '42'],
    [0.5, '0.5'],
    [0.00001, '1e-05'],
    [1e21, '"1e+21"'],
    [Number.POSITIVE_INFINITY, '"+Inf"'],
    [true, 'true'],
    [null, '<nil>'],
    [['a', 'b c'], '["a", "b c"]'],
    [[1, 2], '[1, 2]'],
    [{ z: 1, a: 'x' }, '"map[a:x z:1]"'],
    [{ only: 'x' }, 'map[only:x]'],
    ['say "hi"', '"say \\"hi\\""'],
    ['tab\tand \u0007', '"tab\\tand \\x07"'],
    ['\u00a0', '"\\u00a0"'],
    ['größe', '"größe"'],
    [new Error('outer', { cause: new Error('inner') }), '"outer: inner"'],
  ];
  for (const [value, expected] of cases) assert.equal(textOf('m', { k: value }), `agent: m: k=${expected}\n`);
});

test('context fields come first, sorted, and call fields keep their order and may repeat a key', () => {
  const { root, records } = recording();
  root.named('a').with({ z: 1, b: 2 }).with({ c: 3 }).info('m', { y: 4, b: 5 });
  assert.match(records[0] ?? '', /a: m: b=2 c=3 z=1 y=4 b=5\n$/);
});

test('a JSON line has sorted keys, the last value of a repeated key, and nothing that HTML would read', () => {
  const { root, records } = recording({ json: true });
  root
    .named('a')
    .with({ z: 1, b: 2 })
    .info('m <&>', { b: ['x'], 'a key': { n: 1 } });
  const stamp = JSON.parse(records[0] ?? '')['@timestamp'];
  assert.match(stamp, /^2026-07-01T\d\d:\d\d:00\.123000(Z|[+-]\d\d:\d\d)$/);
  assert.equal(
    records[0],
    `{"@level":"info","@message":"m \\u003c\\u0026\\u003e","@module":"a","@timestamp":"${stamp}","a key":{"n":1},"b":["x"],"z":1}\n`,
  );
});

test('the level can be changed while running, for every logger that was made before', () => {
  const { log, root, records } = recording();
  const child = root.named('a');
  child.debug('one');
  log.setLevel('debug');
  child.debug('two');
  assert.ok(child.isEnabled('debug'));
  log.setLevel('off');
  child.error('three');
  assert.equal(records.length, 1);
  assert.ok(!child.isEnabled('error'));
});

test('after closing nothing is written, whatever the level becomes', () => {
  const { log, root, records } = recording();
  log.close();
  log.setLevel('trace');
  root.error('late');
  assert.deepEqual(records, []);
});

test('the location is where the logger was called: two path segments in text, the whole path in JSON', () => {
  const text = recording({ location: true });
  text.root.named('a').info('m');
  assert.match(text.records[0] ?? '', /\[INFO\] {2}lib\/log\.test\.ts:\d+: a: m\n$/);
  const json = recording({ location: true, json: true });
  json.root.info('m');
  assert.match(JSON.parse(json.records[0] ?? '')['@caller'], /^\/.*\/test\/unit\/lib\/log\.test\.ts:\d+$/);
});

test('secrets are taken out: values of telling keys at any depth, passwords in URLs, in both forms', () => {
  const fields = {
    nomad_token: 'hush',
    token_path: '/run/token',
    error: new Error('Get "http://root:hush@nomad:4646/v1": refused'),
    config: { auth: { password: 'hush' }, 'nomad_http-auth': 'me:hush' },
  };
  assert.doesNotMatch(textOf('m', fields), /hush/);
  assert.match(textOf('m', fields), /token_path=\/run\/token/);
  assert.doesNotMatch(JSON.stringify(jsonOf(fields)), /hush/);
});

test('a message cannot begin a line of its own', () => {
  assert.equal(textOf('one\ntwo'), 'agent: one\\ntwo\n');
});

test('level names are read without regard to case and surrounding space', () => {
  assert.equal(parseLogLevel(' WARN '), 'warn');
  assert.equal(parseLogLevel('warning'), undefined);
  assert.equal(parseLogLevel('toString'), undefined);
});

test('time stamps cross the second', () => {
  const stamp = logTimes('text');
  assert.match(stamp(at), /:00\.123/);
  assert.match(stamp(at + 876), /:00\.999/);
  assert.match(stamp(at + 877), /:01\.000/);
  assert.match(stamp(at + 877.9), /:01\.000/);
});

test('the silent logger takes everything', () => {
  noLog.named('a').with({ b: 1 }).error('nothing');
  assert.ok(!noLog.isEnabled('error'));
});
