import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFunctions } from '../../../src/hcl/functions.ts';
import { longestText, parseHcl, parseHclJson } from '../../../src/hcl/parse.ts';
import { Source } from '../../../src/lib/source.ts';
import { brief, errorsOf, evaluated, guardStackTraces, jsonAttributes, problems } from '../../support/hcl.ts';

const deep = 5000;

test('nesting beyond 200 levels is one error, whatever nests', () => {
  const nests = [
    `a = ${'['.repeat(deep)}`,
    `a = ${'('.repeat(deep)}1${')'.repeat(deep)}`,
    `a = ${'{ b = '.repeat(deep)}`,
    `a = ${'f('.repeat(deep)}`,
    `a = ${'!'.repeat(deep)}x`,
    `a = ${'"${'.repeat(deep)}`,
    `a = ${'x ? y : '.repeat(deep)}z`,
    `a = ${'x['.repeat(deep)}`,
    `a = x${'[*]'.repeat(deep)}`,
    `a = ${'[for x in '.repeat(deep)}`,
    'b {\n'.repeat(deep),
    `a = "${'%{ if x }'.repeat(deep)}${'%{ endif }'.repeat(deep)}"`,
  ];
  for (const text of nests) {
    const found = problems(text);
    assert.equal(found.length, 1, text.slice(0, 20));
    assert.match(found[0] ?? '', /Nesting too deep/, text.slice(0, 20));
  }
});

test('nesting up to 190 levels is fine', () => {
  assert.deepEqual(problems(`a = ${'['.repeat(190)}${']'.repeat(190)}\n`), []);
  assert.deepEqual(problems(`${'b {\n'.repeat(190)}${'}\n'.repeat(190)}`), []);
});

test('rows of operators and steps may be long: they do not nest', () => {
  const ones = `1${' + 1'.repeat(100_000)}`;
  assert.equal(evaluated(ones), 100_001);
  assert.deepEqual(problems(`a = x${'.y'.repeat(100_000)}\n`), []);
  assert.equal(errorsOf(`x${'.y'.repeat(100_000)}`, { variables: new Map([['x', {}]]) }).length, 1);
});

test('JSON nested beyond 200 levels is one error', () => {
  for (const text of ['['.repeat(deep), '{"a":'.repeat(deep)]) {
    assert.match(brief(parseHclJson(new Source('t.json', text)).diagnostics[0] ?? assert.fail()), /Nesting too deep/);
  }
});

test('a text that is too long is one error', () => {
  const text = `a = 1\n${'#'.repeat(longestText)}`;
  for (const parse of [parseHcl, parseHclJson]) {
    assert.deepEqual(parse(new Source('t', text)).diagnostics.map(brief), ['1:1 File too large']);
  }
});

test('a result that explodes is one error', () => {
  const thousand = `[${'1, '.repeat(1000)}]`;
  const loops = `[for a in ${thousand} : [for b in ${thousand} : [for c in ${thousand} : a + b + c]]]`;
  assert.deepEqual(errorsOf(loops).length, 1);
  assert.match(errorsOf(loops)[0] ?? '', /Result too large/);
  const silent = `true ? 1 : length(${loops})`;
  assert.match(
    errorsOf(silent, { functions: new Map([['length', { parameters: ['x'], call: () => 1 }]]) })[0] ?? '',
    /Result too large/,
  );
});

test('the text of a value that shares its parts many times over is refused', () => {
  let value: unknown = 'x'.repeat(100);
  for (let level = 0; level < 40; level++) value = [value, value];
  const scope = { functions: policyFunctions, variables: new Map([['v', value as string]]) };
  assert.match(errorsOf('jsonencode(v)', scope)[0] ?? '', /the JSON text is too long/);
});

test('a number with thousands of digits is an error', () => {
  assert.deepEqual(problems('a = 1e999999999\n'), ['1:5 Invalid number literal']);
  assert.match(errorsOf(Array(6).fill('1e300').join(' * '))[0] ?? '', /the result is too large/);
});

test('a file that is no HCL at all ends after a hundred errors', () => {
  const found = problems('?\n'.repeat(10_000));
  assert.equal(found.length, 101);
  assert.match(found.at(-1) ?? '', /Too many errors/);
});

test('a name that objects of JavaScript have is a name like any other', () => {
  const { values, errors } = jsonAttributes('{"__proto__": 1, "constructor": {"__proto__": {"x": 2}}}');
  assert.deepEqual(errors, []);
  assert.deepEqual(Object.keys(values), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(values['constructor']), Object.prototype);
});

test('a long text takes time in proportion, whatever it is made of', { timeout: 60_000 }, () => {
  const many = (text: string) => text.repeat(Math.floor(2_000_000 / text.length));
  const texts = [
    many('/* '),
    `a ) ${many('{[(')}`,
    `a ) ${'{['.repeat(500_000)}${')'.repeat(500_000)}`,
    `a ) ${'{'.repeat(500_000)}${']'.repeat(500_000)}`,
    many('\u0001\n'),
    many('"\n'),
    `a = "${many('${')}`,
    `a = "x${many(' ')}y\${~ 1 }"\n`,
    `a = <<E\n${many('E E\n')}`,
    many('a = "${x y"\n'),
    many('a'),
  ];
  for (const text of texts) {
    const { body } = parseHcl(new Source('t', text));
    body.content({ attributes: ['cooldown'], blocks: [] }, () => undefined);
  }
});

guardStackTraces();
