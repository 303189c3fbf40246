/**
 * The certificate that each side makes for one start of one plugin. Host and plugin trust exactly each other's.
 * Source: spec go-plugin.md §8, structure of the Go implementation's certificate, byte for byte.
 */
import { createHash, generateKeyPair, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { bits, context, octets, oid, printable, sequence, set, time, tlv, truth, unsigned } from './der.ts';

export interface Certificate {
  readonly der: Uint8Array;
  /** With a newline at its end. */
  readonly pem: string;
  /** The private key, PEM of SEC 1. Never stored. */
  readonly keyPem: string;
}

export type RandomBytes = (size: number) => Uint8Array;

/** The curve of a certificate's key. Peers in Go take both. */
export type Curve = 'P-521' | 'P-256';

const ecdsaWithSha512 = sequence(oid('1.2.840.10045.4.3.4'));

const name = sequence(
  set(sequence(oid('2.5.4.10'), printable('HashiCorp'))),
  set(sequence(oid('2.5.4.3'), printable('localhost'))),
);

/** digitalSignature, keyEncipherment, keyAgreement, keyCertSign. */
const keyUsage = bits(Buffer.from([0xac]), 2);
const clientAndServerAuth = sequence(oid('1.3.6.1.5.5.7.3.2'), oid('1.3.6.1.5.5.7.3.1'));
const localhost = sequence(tlv(0x82, Buffer.from('localhost')));

const secondsMs = 1000;
const validBeforeMs = 30 * secondsMs;
const validForMs = 262_980 * 3600 * secondsMs;

/**
 * Makes a key and its self-signed certificate: SHA-512, for `localhost`, valid for 30 years.
 *
 * @param now  epoch milliseconds. @param random  secure random bytes, for the serial number.
 *
 * Compat: Go's certificates are of P-521.
 */
export async function makeCertificate(now: number, random: RandomBytes, curve: Curve = 'P-521'): Promise<Certificate> {
  const pair = await promisify(generateKeyPair)('ec', { namedCurve: curve });
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' });
  const extension = (id: string, value: Uint8Array) => sequence(oid(id), octets(value));
  const critical = (id: string, value: Uint8Array) => sequence(oid(id), truth, octets(value));
  const body = sequence(
    context(0, unsigned(Buffer.from([2]))), // version 3
    unsigned(serial(random)),
    ecdsaWithSha512,
    name,
    sequence(time(now - validBeforeMs), time(now + validForMs)),
    name,
    publicKey,
    context(
      3,
      sequence(
        critical('2.5.29.15', keyUsage),
        extension('2.5.29.37', clientAndServerAuth),
        critical('2.5.29.19', sequence(truth)), // a certificate authority, with no limit to its path
        extension('2.5.29.14', octets(keyId(publicKey, curve))),
        extension('2.5.29.17', localhost),
      ),
    ),
  );
  const der = sequence(body, ecdsaWithSha512, bits(sign('sha512', body, pair.privateKey)));
  return { der, pem: toPem(der), keyPem: pair.privateKey.export({ type: 'sec1', format: 'pem' }).toString() };
}

/** 128 random bits; never 0, which the standard forbids. */
function serial(random: RandomBytes): Uint8Array {
  const bytes = random(16);
  return bytes.every((byte) => byte === 0) ? Buffer.from([1]) : bytes;
}

/** Bytes of a public point, which is the end of the key's encoding. */
const pointBytes: Readonly<Record<Curve, number>> = { 'P-521': 133, 'P-256': 65 };

/** SHA-1 of the point. */
function keyId(spki: Buffer, curve: Curve): Uint8Array {
  return createHash('sha1').update(spki.subarray(-pointBytes[curve])).digest();
}

export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** True when the text is one certificate in PEM. */
export function isCertificatePem(text: string): boolean {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return false;
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false; // what it says is of no interest: it cannot be used
  }
}
