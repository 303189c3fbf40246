import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUserData } from '../../../../../../plugins/target/os-nova/template/user-data.ts';

test('user data is always encoded, also when it is base64 already', () => {
  assert.equal(encodeUserData('#cloud-config é\n'), 'I2Nsb3VkLWNvbmZpZyDDqQo=');
  assert.equal(encodeUserData('aGFsbG8='), 'YUdGc2JHOD0=');
});

test('user data may have 65,535 bytes in base64', () => {
  // Three bytes are four in base64: 65,532 is the last length that fits.
  assert.equal(encodeUserData('a'.repeat(49_149)).length, 65_532);
  assert.throws(() => encodeUserData('a'.repeat(49_150)), {
    code: 'user_data_too_long',
    blame: 'usage',
    message: 'user data has 65536 bytes in base64; Nova takes 65535',
  });
});
