import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boolFlag,
  durationFlag,
  integerFlag,
  listFlag,
  parseFlags,
  terseDurationFlag,
  textFlag,
} from '../../../src/lib/flags.ts';

const flags = {
  'log-json': boolFlag,
  'log-level': textFlag,
  config: listFlag,
  port: integerFlag,
  cooldown: durationFlag,
  wait: terseDurationFlag,
};

test('a value follows, or stands behind an equals sign, after one dash or two', () => {
  for (const args of [['-log-level', 'debug'], ['-log-level=debug'], ['--log-level', 'debug'], ['--log-level=debug']]) {
    assert.deepEqual(parseFlags(flags, args), { values: { 'log-level': 'debug' }, operands: [] });
  }
});

test('a value may begin with a dash, be empty or hold an equals sign', () => {
  assert.equal(parseFlags(flags, ['-log-level', '-x']).values['log-level'], '-x');
  assert.equal(parseFlags(flags, ['-log-level=']).values['log-level'], '');
  assert.equal(parseFlags(flags, ['-log-level=a=b']).values['log-level'], 'a=b');
});

test('a boolean stands alone or takes its value behind an equals sign only', () => {
  assert.equal(parseFlags(flags, ['-log-json']).values['log-json'], true);
  for (const text of ['true', '1', 't', 'T', 'TRUE', 'True']) {
    assert.equal(parseFlags(flags, [`-log-json=${text}`]).values['log-json'], true);
  }
  for (const text of ['false', '0', 'f', 'F', 'FALSE', 'False']) {
    assert.equal(parseFlags(flags, [`-log-json=${text}`]).values['log-json'], false);
  }
  assert.deepEqual(parseFlags(flags, ['-log-json', 'false']), { values: { 'log-json': true }, operands: ['false'] });
});

test('flags end at the first operand, at a lone dash and after two dashes', () => {
  assert.deepEqual(parseFlags(flags, ['-port=1', 'dir', '-port=2']).operands, ['dir', '-port=2']);
  assert.deepEqual(parseFlags(flags, ['-', '-port=2']).operands, ['-', '-port=2']);
  assert.deepEqual(parseFlags(flags, ['--', '-port=2']), { values: {}, operands: ['-port=2'] });
});

test('a repeated flag keeps its last value, a list keeps all of them with their commas', () => {
  assert.equal(parseFlags(flags, ['-port=1', '-port=2']).values.port, 2);
  assert.deepEqual(parseFlags(flags, ['-config=a,b', '-config', 'c']).values.config, ['a,b', 'c']);
});

test('agent #A88: bad booleans, numbers and durations are told in the words of Go', () => {
  const cases = {
    '-log-json=maybe': 'invalid boolean value "maybe" for -log-json: parse error',
    '-port=abc': 'invalid value "abc" for flag -port: parse error',
    '-cooldown=5x': 'invalid value "5x" for flag -cooldown: time: unknown unit "x" in duration "5x"',
    '-wait=5': 'invalid value "5" for flag -wait: parse error',
    '-nope': 'flag provided but not defined: -nope',
    '-toString': 'flag provided but not defined: -toString',
    '-port': 'flag needs an argument: -port',
    '---port=1': 'bad flag syntax: ---port=1',
    '-=1': 'bad flag syntax: -=1',
    '-port=': 'invalid value "" for flag -port: parse error',
    '-port=99999999999999999999': 'invalid value "99999999999999999999" for flag -port: value out of range',
  };
  for (const [arg, message] of Object.entries(cases)) {
    assert.throws(() => parseFlags(flags, [arg]), { message, code: 'invalid_flag', blame: 'usage' });
  }
});

test('numbers and durations are read as Go reads them', () => {
  const port = (text: string) => parseFlags(flags, [`-port=${text}`]).values.port;
  assert.deepEqual(
    ['0', '-5', '+7', '0x1F', '0o17', '017', '0b101', '1_000'].map(port),
    [0, -5, 7, 31, 15, 15, 5, 1000],
  );
  for (const text of ['09', '1__0', '_1', '1.5', ' 1', '1e3']) assert.throws(() => port(text), /parse error/);
  assert.equal(parseFlags(flags, ['-cooldown', '1m30s']).values.cooldown, 90_000);
  assert.equal(parseFlags(flags, ['-wait=2m']).values.wait, 120_000);
});
