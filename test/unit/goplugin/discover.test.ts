import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { discover } from '../../../src/goplugin/discover.ts';
import { tempFolder } from '../../support/goplugin.ts';

test('go-plugin #145: what matches is found, as absolute paths in order; nothing is an empty list', async (t) => {
  const folder = tempFolder(t);
  for (const name of ['b-x', 'c', 'a-x']) writeFileSync(join(folder, name), '');
  const found = [join(folder, 'a-x'), join(folder, 'b-x')];
  assert.deepEqual(await discover('*-x', folder), found);
  assert.deepEqual(await discover('*-x', relative(process.cwd(), folder)), found);
  assert.deepEqual(await discover('*-y', folder), []);
  assert.deepEqual(await discover('*', join(folder, 'missing')), []);
});

test('patterns are Go’s', async (t) => {
  const folder = tempFolder(t);
  const names = ['.dot', 'a+b', 'a.b', 'aab', 'abb', 'acb', 'a*b', 'a-b', 'ä', '😀'];
  for (const name of names) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub', 'deep'), '');
  const found = async (pattern: string) => (await discover(pattern, folder)).map((path) => relative(folder, path));
  assert.deepEqual(await found('*'), [...names, 'sub'].sort());
  assert.deepEqual(await found('a.b'), ['a.b']);
  assert.deepEqual(await found('a\\*b'), ['a*b']);
  assert.deepEqual(await found('a[ab]b'), ['aab', 'abb']);
  assert.deepEqual(await found('a[a-b]b'), ['aab', 'abb']);
  assert.deepEqual(await found('a[^a-c]b'), ['a*b', 'a+b', 'a-b', 'a.b']);
  assert.deepEqual(await found('a[\\-\\*]b'), ['a*b', 'a-b']);
  assert.deepEqual(await found('?'), ['ä', '😀']);
  assert.deepEqual(await found('*/d*'), ['sub/deep']);
  for (const bad of ['a[', 'a[]b', 'a\\']) await assert.rejects(found(bad), { message: 'syntax error in pattern' });
});
