import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagnostic, formatDiagnostic } from '../../../src/lib/source.ts';
import {
  block,
  bool,
  duration,
  integer,
  labelled,
  labelledTexts,
  listOf,
  located,
  mapOf,
  nested,
  number,
  once,
  oneOf,
  oneOrListOf,
  optional,
  secret,
  text,
  url,
} from '../../../src/schema/field.ts';
import { parseBody } from '../../../src/schema/parse.ts';
import type { Infer } from '../../../src/schema/schema.ts';
import { bodyOf, type Item } from '../../support/policy-body.ts';

const server = block({
  address: url({ doc: 'Where.' }),
  password: optional(secret({ doc: 'Secret.', env: 'SERVER_PASSWORD' })),
  bindPort: integer({ doc: 'Port.', default: 8080, min: 1, max: 65_535 }),
  waitMs: duration({ doc: 'Wait.', default: '2m' }),
  isOn: bool({ doc: 'On.', key: 'on', default: false }),
  mode: optional(oneOf(['fail', 'ignore'], { doc: 'Mode.' })),
  ratio: optional(number({ doc: 'Ratio.' })),
  zones: optional(listOf(text({ doc: 'Zones.', aliases: ['zoens'] }))),
  namespace: optional(oneOrListOf(text({ doc: 'Namespaces.' }))),
  workers: optional(mapOf(integer({ doc: 'Workers.', min: 0 }))),
  count: located(integer({ doc: 'Count.', default: 0 })),
  tls: optional(nested(block({ skipVerify: bool({ doc: 'Skip.', default: false }) }), { doc: 'TLS.' })),
  check: labelled(block({ query: text({ doc: 'Query.' }) }), { doc: 'Checks.', label: 'name' }),
  target: optional(once(labelledTexts({ doc: 'Target.', label: 'name' }))),
});

function parse(items: readonly Item[], env = {}) {
  const found: Diagnostic[] = [];
  const value = parseBody(server, bodyOf(items), (one) => found.push(one), env);
  return { value, found: found.map(formatDiagnostic) };
}

const least: Item = ['address', 'http://nomad:4646'];

test('what nobody wrote has its default, or is undefined when optional', () => {
  const { value, found } = parse([least]);
  assert.deepEqual(found, []);
  assert.ok(value);
  const { count, ...rest } = value;
  assert.equal(count.value, 0);
  assert.deepEqual(rest, {
    address: 'http://nomad:4646',
    password: undefined,
    bindPort: 8080,
    waitMs: 120_000,
    isOn: false,
    mode: undefined,
    ratio: undefined,
    zones: undefined,
    namespace: undefined,
    workers: undefined,
    tls: undefined,
    check: [],
    target: undefined,
  });
});

test('the type of a value follows from its declaration', () => {
  const use = (config: Infer<typeof server>): readonly [number, string | undefined, 'fail' | 'ignore' | undefined] => [
    config.waitMs,
    config.zones?.[0],
    config.mode,
  ];
  const { value } = parse([least, ['zones', ['a']], ['mode', 'fail']]);
  assert.ok(value);
  assert.deepEqual(use(value), [120_000, 'a', 'fail']);
});

test('values convert as in HCL: text to number and bool, numbers and bools to text', () => {
  const { value, found } = parse([
    least,
    ['bind_port', '9090'],
    ['on', 'true'],
    ['ratio', '0.5'],
    ['zones', [1, true, 'c']],
    ['workers', { cluster: '3', horizontal: 4 }],
    ['namespace', 'platform'],
  ]);
  assert.deepEqual(found, []);
  assert.equal(value?.bindPort, 9090);
  assert.equal(value?.isOn, true);
  assert.equal(value?.ratio, 0.5);
  assert.deepEqual(value?.zones, ['1', 'true', 'c']);
  assert.deepEqual(value?.workers, { cluster: 3, horizontal: 4 });
  assert.deepEqual(value?.namespace, ['platform']);
});

test('null is nothing, and so is an empty text where a text is asked for', () => {
  const { value, found } = parse([least, ['bind_port', null], ['wait', ''], ['mode', '']]);
  assert.deepEqual(found, []);
  assert.equal(value?.bindPort, 8080);
  assert.equal(value?.waitMs, 120_000);
  assert.equal(value?.mode, undefined);
});

test('every error comes at once, each with its place and its reason', () => {
  const { value, found } = parse([
    ['bind_port', 1.5],
    ['wait', 120],
    ['on', 'yes'],
    ['mode', 'explode'],
    ['ratio', 'much'],
    ['zones', 'a'],
    ['workers', { cluster: -1 }],
    ['tls', 1],
    { block: 'target', labels: ['a'], items: [['list', [1]]] },
    ['cuont', 1],
  ]);
  assert.equal(value, undefined);
  assert.deepEqual(found, [
    'test.hcl:8:1: Unsupported argument; Did you mean "tls"?',
    'test.hcl:10:1: Unsupported argument; Did you mean "count"?',
    'test.hcl:11:1: Missing required argument; The argument "address" is required, but no definition was found.',
    'test.hcl:1:1: Unsuitable value type; Unsuitable value for "bind_port": value must be a whole number, between -9007199254740991 and 9007199254740991',
    'test.hcl:2:1: Unsuitable value type; Unsuitable value for "wait": time: missing unit in duration "120"; with a unit it is "120s" or "120m"',
    'test.hcl:3:1: Unsuitable value type; Unsuitable value for "on": a bool is required: true or false',
    'test.hcl:4:1: Unsuitable value type; Unsuitable value for "mode": "explode" is none of "fail", "ignore"',
    'test.hcl:5:1: Unsuitable value type; Unsuitable value for "ratio": a number is required',
    'test.hcl:6:1: Unsuitable value type; Unsuitable value for "zones": a list is required, such as ["a", "b"], but have string',
    'test.hcl:7:1: Unsuitable value type; Unsuitable value for "workers": -1 is below 0',
    'test.hcl:9:1: Unsuitable value type; Unsuitable value for "list": string required, but have tuple',
  ]);
});

test('limits hold at their edges', () => {
  assert.equal(parse([least, ['bind_port', 65_535]]).value?.bindPort, 65_535);
  assert.match(parse([least, ['bind_port', 65_536]]).found.join(), /65536 is above 65535/);
  assert.match(parse([least, ['bind_port', 0]]).found.join(), /0 is below 1/);
});

test('a known misspelling is taken as meant, with a warning; next to the right name it is left out', () => {
  const alone = parse([least, ['zoens', ['a']]]);
  assert.deepEqual(alone.value?.zones, ['a']);
  assert.deepEqual(alone.found, ['test.hcl:2:1: Misspelled argument; "zoens" is taken as "zones"; write "zones".']);
  const both = parse([least, ['zoens', ['a']], ['zones', ['b']]]);
  assert.deepEqual(both.value?.zones, ['b']);
  assert.match(both.found.join(), /"zoens" is ignored because "zones" is given too/);
});

test('the environment counts where nothing is written, and its errors name the variable', () => {
  assert.equal(parse([least], { SERVER_PASSWORD: 'from-env' }).value?.password, 'from-env');
  assert.equal(parse([least, ['password', 'written']], { SERVER_PASSWORD: 'from-env' }).value?.password, 'written');
  const port = block({ port: integer({ doc: 'Port.', env: 'PORT' }) });
  const found: Diagnostic[] = [];
  assert.equal(
    parseBody(port, bodyOf([]), (one) => found.push(one), { PORT: 'x' }),
    undefined,
  );
  assert.match(found.map(formatDiagnostic).join(), /environment variable PORT; It stands in for "port"/);
});

test('blocks: labelled ones in order, a second of what stands once is an error, a missing one too', () => {
  const check = (name: string): Item => ({ block: 'check', labels: [name], items: [['query', `q-${name}`]] });
  const target = (name: string): Item => ({
    block: 'target',
    labels: [name],
    items: [
      ['min', 1],
      ['dry-run', true],
    ],
  });
  const { value } = parse([
    least,
    check('b'),
    check('a'),
    target('t'),
    { block: 'tls', items: [['skip_verify', true]] },
  ]);
  assert.deepEqual(
    value?.check.map((one) => [one.label, one.value.query]),
    [
      ['b', 'q-b'],
      ['a', 'q-a'],
    ],
  );
  assert.deepEqual(
    [...(value?.target?.value ?? [])].map(([key, { value: written }]) => [key, written]),
    [
      ['min', '1'],
      ['dry-run', 'true'],
    ],
  );
  assert.equal(value?.tls?.skipVerify, true);

  const { found } = parse([least, target('t'), target('u')]);
  assert.deepEqual(found, [
    'test.hcl:3:1: Duplicate target block; Only one target block is allowed. Another was defined at test.hcl:2:1.',
  ]);
  const needy = block({ tls: nested(block({}), { doc: 'TLS.' }) });
  const missing: Diagnostic[] = [];
  assert.equal(
    parseBody(needy, bodyOf([]), (one) => missing.push(one)),
    undefined,
  );
  assert.deepEqual(missing.map(formatDiagnostic), ['test.hcl:1:1: Missing tls block; A tls block is required.']);
});

test('a secret and a URL are never repeated in an error', () => {
  const { found } = parse([
    ['address', 'user:hunter2@nomad'],
    ['password', ['hunter2']],
  ]);
  assert.equal(found.length, 2);
  assert.doesNotMatch(found.join(), /hunter2/);
});

test('a labelled block that must stand is missed by its own words', () => {
  const needy = block({
    check: labelled(block({}), { doc: 'Checks.', label: 'name', missing: 'Write at least one check.' }),
    target: once(labelledTexts({ doc: 'Target.', label: 'name' })),
  });
  const found: Diagnostic[] = [];
  assert.equal(
    parseBody(needy, bodyOf([]), (one) => found.push(one)),
    undefined,
  );
  assert.deepEqual(found.map(formatDiagnostic), [
    'test.hcl:1:1: Missing check block; Write at least one check.',
    'test.hcl:1:1: Missing target block; A target block is required.',
  ]);
});

test('what belongs elsewhere is an error that says where', () => {
  const policy = block(
    { cooldownMs: duration({ doc: 'Quiet.', default: '5m' }) },
    { default_cooldown: 'Here it is "cooldown".', target: 'It belongs one level up.' },
  );
  const found: Diagnostic[] = [];
  assert.equal(
    parseBody(policy, bodyOf([['default_cooldown', '1m'], { block: 'target', items: [] }]), (one) => found.push(one)),
    undefined,
  );
  assert.deepEqual(found.map(formatDiagnostic), [
    'test.hcl:1:1: Unsupported argument; Here it is "cooldown".',
    'test.hcl:2:1: Unsupported block type; It belongs one level up.',
  ]);
});
