/** What fits a shape and what does not: the tutorials are only worth what this is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misfit, shapeOf, stepsOf } from '../../support/transcript.ts';

test('a transcript is read as commands, shapes and exit statuses', () => {
  const text = '# A remark.\n$ nomad a\none   two\n\n$ nomad b\n\n[exit 1]\n$ nomad c\n';
  assert.deepEqual(stepsOf(text), [
    { command: 'nomad a', shape: 'one two', exit: 0 },
    { command: 'nomad b', shape: '', exit: 1 },
    { command: 'nomad c', shape: '', exit: 0 },
  ]);
});

test('the first line that does not fit is told; blanks between columns do not matter', () => {
  const names = new Map<string, string>();
  assert.equal(misfit('ID Name\n<id> web', 'ID        Name\n0a1b2c3d  web\n', names), undefined);
  assert.equal(misfit('ID Name\n<id> web', 'ID        Name\n0a1b2c3d  api\n', names), '<id> web');
  assert.equal(misfit('one', 'one\ntwo\n', names), '(the end)');
  assert.equal(misfit('', 'one\n', names), '');
  assert.equal(misfit('one\ntwo', 'one\n', names), 'two');
});

test('three dots stand for any lines or none, and nothing else is skipped', () => {
  const names = new Map<string, string>();
  for (const output of ['a\nb\n', 'a\nx\ny\nb\n']) assert.equal(misfit('a\n...\nb', output, names), undefined);
  assert.equal(misfit('a\n...\nb', 'a\nx\n', names), 'b');
});

test('a name stands for one value, in the same shape and in later ones', () => {
  const names = new Map<string, string>();
  assert.equal(misfit('begin "<id:job>"\nend "<job>"', 'begin "0a1b2c3d"\nend "0a1b2c3d"\n', names), undefined);
  assert.equal(names.get('job'), '0a1b2c3d');
  assert.equal(misfit('<job> running', '0a1b2c3d  running\n', names), undefined);
  assert.equal(misfit('<job> running', 'ffffffff  running\n', names), '<job> running');
  assert.equal(misfit('a "<id:x>"\nb "<x>"', 'a "00000000"\nb "11111111"\n', names), 'b "<x>"');
});

test('of a terminal the IDs in quotes are named, all else that chance decides is masked', () => {
  const seen =
    '$ nomad run\n"0a1b2c3d" at 2026-11-25T14:20:12Z, 3s ago, 127.0.0.1:28068\n$ nomad status 0a1b2c3d\n5e6f7a8b\n';
  const shape = '$ nomad run\n"<id:id0>" at <time>, <ago>, 127.0.0.1:<n>\n$ nomad status <id0>\n<id>\n';
  assert.equal(shapeOf(seen), shape);
});
