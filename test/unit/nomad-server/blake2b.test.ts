import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blake2b } from '../../../src/nomad-server/blake2b.ts';

const hex = (...texts: string[]) => Buffer.from(blake2b(...texts), 'base64').toString('hex');

test('known texts have their known hashes, whole blocks too', () => {
  assert.equal(hex('abc'), 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319');
  assert.equal(hex(''), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8');
  assert.equal(hex('a'.repeat(128)), hex('a'.repeat(100), 'a'.repeat(28)));
  assert.equal(hex('a'.repeat(300)), '3c1292de00a518e36823f9ff908ac2da46be38718c018713403461df077e15f6');
  assert.equal(hex('a'.repeat(128)), 'ae2aa48507885c4c950fb809b2076f959cde9f8ea6da260d9a3587df33dac450');
});
