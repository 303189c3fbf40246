import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHcl, parseHclJson } from '../../../src/hcl/parse.ts';
import { Source } from '../../../src/lib/source.ts';
import { guardStackTraces } from '../../support/hcl.ts';

function native(text: string): readonly string[] {
  const [attribute] = parseHcl(new Source('t.hcl', `a = ${text}\n`)).body.attributes(() => undefined);
  return (attribute?.references() ?? []).map(({ root, name }) => (name === undefined ? root : `${root}.${name}`));
}

test('an expression tells what it refers to', () => {
  assert.deepEqual(native('var.region'), ['var.region']);
  assert.deepEqual(native('local["zone"].name'), ['local.zone']);
  assert.deepEqual(native('"${var.a}-${f(var.b)}" '), ['var.a', 'var.b']);
  assert.deepEqual(native('var.c ? [local.d[*].x] : { (var.e) = -local.f }'), ['var.c', 'local.d', 'var.e', 'local.f']);
  assert.deepEqual(native('x[var.i]'), ['var.i', 'x']);
  assert.deepEqual(native('1 + (2 * 3)'), []);
});

test('the names of loops are no references', () => {
  assert.deepEqual(native('[for k, v in var.m : "${k}${v}${local.x}" if v != w]'), ['var.m', 'local.x', 'w']);
  assert.deepEqual(native('"%{ for v in var.l }${v.a}%{ endfor }${v.b}"'), ['var.l', 'v.b']);
});

test('JSON tells it of its templates', () => {
  const source = new Source('t.json', '{"a": {"${var.k}": ["${local.x}", 1, "$${var.no}"]}}');
  const [attribute] = parseHclJson(source).body.attributes(() => undefined);
  assert.deepEqual(attribute?.references(), [
    { root: 'var', name: 'k' },
    { root: 'local', name: 'x' },
  ]);
});

guardStackTraces();
