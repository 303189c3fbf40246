import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { isCertificatePem, makeCertificate } from '../../../src/goplugin/mtls.ts';

const now = Date.UTC(2026, 10, 25, 2, 0, 0);

test('go-plugin #62: a certificate has the whole profile', async () => {
  const { der, pem, keyPem } = await makeCertificate(now, randomBytes);
  const cert = new X509Certificate(der);
  const key = createPrivateKey(keyPem);
  assert.match(keyPem, /^-----BEGIN EC PRIVATE KEY-----\n/);
  assert.ok(cert.checkPrivateKey(key));
  assert.deepEqual([key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve], ['ec', 'secp521r1']);
  assert.equal(cert.verify(cert.publicKey), true);
  assert.equal(cert.subject, 'O=HashiCorp\nCN=localhost');
  assert.equal(cert.issuer, cert.subject);
  assert.equal(cert.validFromDate.getTime(), now - 30_000);
  assert.equal(cert.validToDate.getTime(), now + 262_980 * 3_600_000);
  assert.equal(cert.subjectAltName, 'DNS:localhost');
  assert.equal(cert.ca, true);
  // Node's array is the extended key usage, in order.
  assert.deepEqual(cert.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  const hex = Buffer.from(der).toString('hex');
  assert.ok(hex.includes('300e0603551d0f0101ff0404030202ac'), 'key usage, critical');
  assert.ok(hex.includes('300f0603551d130101ff040530030101ff'), 'basic constraints, critical, no path length');
  const point = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-133);
  const id = createHash('sha1').update(point).digest('hex');
  assert.ok(hex.includes(`301d0603551d0e04160414${id}`), 'subject key id');
  assert.ok(hex.includes('a003020102'), 'version 3');
  assert.equal(hex.split('300a06082a8648ce3d040304').length, 3, 'ECDSA with SHA-512, twice');
  assert.ok(hex.includes('17') && hex.includes('180f32303536'), 'UTCTime, and GeneralizedTime from 2050 on');
  assert.ok(Math.abs(der.length - 594) < 10, `${der.length} bytes`);
  assert.ok(pem.endsWith('-----END CERTIFICATE-----\n'));
  assert.ok(isCertificatePem(pem));
});

test('go-plugin #63: no two starts share key or serial number', async () => {
  const [one, two] = await Promise.all([makeCertificate(now, randomBytes), makeCertificate(now, randomBytes)]);
  assert.notEqual(one.keyPem, two.keyPem);
  assert.notEqual(new X509Certificate(one.der).serialNumber, new X509Certificate(two.der).serialNumber);
});

const serials: readonly (readonly [string, number, string])[] = [
  ['a leading one bit stays positive', 0xff, 'FF'.repeat(16)],
  ['nothing but zeros becomes one', 0x00, '01'],
  ['an ordinary one is as drawn', 0x12, '12'.repeat(16)],
];
for (const [what, byte, serial] of serials) {
  test(`serial numbers: ${what}`, async () => {
    const { der } = await makeCertificate(now, (size) => Buffer.alloc(size, byte));
    const cert = new X509Certificate(der);
    assert.equal(cert.serialNumber, serial);
    assert.ok(cert.verify(cert.publicKey));
  });
}

test('leading zeros of a serial number are not written', async () => {
  const bytes = Buffer.concat([Buffer.alloc(3), Buffer.alloc(13, 0x81)]);
  const { der } = await makeCertificate(now, () => bytes);
  assert.equal(new X509Certificate(der).serialNumber, '81'.repeat(13));
  assert.ok(
    Buffer.from(der)
      .toString('hex')
      .includes(`020e00${'81'.repeat(13)}`),
  );
});

test('what is no certificate is told from one', () => {
  for (const text of ['garbage', '', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    assert.equal(isCertificatePem(text), false);
  }
});

test('a certificate of P-256 differs in its key only', async () => {
  const { der, keyPem } = await makeCertificate(now, randomBytes, 'P-256');
  const cert = new X509Certificate(der);
  const key = createPrivateKey(keyPem);
  assert.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.ok(cert.checkPrivateKey(key));
  assert.equal(cert.verify(cert.publicKey), true);
  const point = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-65);
  const id = createHash('sha1').update(point).digest('hex');
  assert.ok(Buffer.from(der).toString('hex').includes(`301d0603551d0e04160414${id}`), 'subject key id');
});
