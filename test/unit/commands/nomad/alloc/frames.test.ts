import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameReader } from '../../../../../src/commands/nomad/alloc/frames.ts';

const frame = (text: string | Uint8Array, file = 'alloc/logs/t.stdout.0') =>
  JSON.stringify({ Data: Buffer.from(text).toString('base64'), File: file, Offset: 1 });

test('frames are read whatever the pieces they come in, and signs of life say nothing', () => {
  const umlaut = Buffer.from('ä');
  const frames = [
    frame('one\n'),
    '{}',
    frame(umlaut.subarray(0, 1)),
    '{}{}',
    frame(umlaut.subarray(1)),
    frame('end', 'a}b{c'),
  ];
  const answer = Buffer.from(frames.join(''));
  for (const size of [1, 7, 1000]) {
    let text = '';
    const read = frameReader((piece) => {
      text += piece;
    });
    for (let at = 0; at < answer.length; at += size) read(answer.subarray(at, at + size));
    assert.equal(text, 'one\näend', `in pieces of ${size}`);
  }
});
