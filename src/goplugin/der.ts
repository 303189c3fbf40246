/** Just enough of ASN.1's distinguished encoding to write a certificate. Pure. */

export type Der = Buffer;

/** Tag, length, value. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Der {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}

export const sequence = (...parts: readonly Uint8Array[]): Der => tlv(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Der => tlv(0x31, ...parts);
export const octets = (...parts: readonly Uint8Array[]): Der => tlv(0x04, ...parts);
export const printable = (text: string): Der => tlv(0x13, Buffer.from(text, 'latin1'));
export const truth: Der = Buffer.from([0x01, 0x01, 0xff]);

/** @param unused  how many bits at the end of the last byte are none. */
export const bits = (bytes: Uint8Array, unused = 0): Der => tlv(0x03, Buffer.from([unused]), bytes);

/** A field that is told from its neighbours by its number only. */
export const context = (number: number, ...parts: readonly Uint8Array[]): Der => tlv(0xa0 + number, ...parts);

/** A positive integer in its shortest form: no leading zeros, save one that keeps the top bit from meaning "negative". */
export function unsigned(bytes: Uint8Array): Der {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  return (digits[0] ?? 0) >= 0x80 ? tlv(0x02, Buffer.from([0]), digits) : tlv(0x02, digits);
}

/** `1.2.840.10045.4.3.4`. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const body = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tlv(0x06, Buffer.from(body));
}

/** UTC to the second; the form with a two-digit year ends with 2049. */
export function time(epochMs: number): Der {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]|\.[0-9]+/g, '');
  return digits < '2050' ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}
