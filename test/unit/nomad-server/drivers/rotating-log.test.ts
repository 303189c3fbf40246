import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitting, RotatingLog } from '../../../../src/nomad-server/drivers/rotating-log.ts';
import { fakeMachine } from '../../../support/machine.ts';

const bytes = (text: string) => Buffer.from(text);

test('a full file takes whole lines only, unless a line is longer than what is left', () => {
  assert.equal(fitting(bytes('abc\n'), 10), 4);
  assert.equal(fitting(bytes('abc\ndef\n'), 6), 4);
  assert.equal(fitting(bytes('abcdefgh'), 6), 6);
});

test('a log goes on in the next file, and the oldest are removed', async () => {
  const { disk, text } = fakeMachine();
  const log = await RotatingLog.open(disk, '/data/t.stdout', { maxFiles: 2, maxBytes: 8 });
  assert.equal(text('t.stdout.0'), '');
  await log.write(bytes('one\ntwo\nthree\n'));
  assert.deepEqual([text('t.stdout.0'), text('t.stdout.1')], ['one\ntwo\n', 'three\n']);
  await log.write(bytes('four\n'));
  assert.deepEqual(
    [0, 1, 2].map((number) => text(`t.stdout.${number}`)),
    [undefined, 'three\nfo', 'ur\n'],
  );
});

test('the next run of a task goes on where the one before it stopped', async () => {
  const { disk, text } = fakeMachine();
  const limits = { maxFiles: 3, maxBytes: 8 };
  await (await RotatingLog.open(disk, '/data/t.stdout', limits)).write(bytes('first\nnext\n'));
  await (await RotatingLog.open(disk, '/data/t.stdout', limits)).write(bytes('ab\ncd\n'));
  assert.deepEqual([text('t.stdout.1'), text('t.stdout.2')], ['next\nab\n', 'cd\n']);
});
