/** Names as Nomad writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../../src/nomad-server/identity.ts';

test('an id is the text of four random words of 32 bits, with leading zeros', () => {
  const words = [0x0a1b2c3d, 0x00000001, 0xffffffff, 0x80000000];
  const random = () => (words.shift() ?? 0) / 0x1_0000_0000;
  assert.equal(newId(random), '0a1b2c3d-0000-0001-ffff-ffff80000000');
});
