/** BLAKE2b with 32 bytes of digest, which Node's own hashes cannot be asked for. Source: RFC 7693. */

const initial: readonly bigint[] = [
  ...[0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n],
  ...[0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n],
];

/** The order of the message's words in each round, a hexadecimal digit each. */
const order = [
  ...['0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8'],
  ...['905724afe1bc683d', '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a'],
  ...['6fe9b308c2d714a5', 'a2847615fb9e3cd0'],
];

const blockBytes = 128;
const digestBytes = 32;
const mask = 0xffff_ffff_ffff_ffffn;

/** The hash of the texts one after the other, in base64. */
export function blake2b(...texts: readonly string[]): string {
  const message = Buffer.from(texts.join(''));
  const state = [...initial];
  state[0] = word(state, 0) ^ 0x0101_0000n ^ BigInt(digestBytes);
  const blocks = Math.max(1, Math.ceil(message.length / blockBytes));
  for (let at = 0; at < blocks; at++) {
    const block = Buffer.alloc(blockBytes);
    message.copy(block, 0, at * blockBytes, (at + 1) * blockBytes);
    const isLast = at === blocks - 1;
    compress(state, block, isLast ? message.length : (at + 1) * blockBytes, isLast);
  }
  const digest = Buffer.alloc(64);
  for (const [at, one] of state.entries()) digest.writeBigUInt64LE(one, at * 8);
  return digest.subarray(0, digestBytes).toString('base64');
}

/** Names and values in the order of the names: how Nomad hashes a map. */
export const sortedPairs = (map: Readonly<Record<string, string>> | null): readonly string[] =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat();

/** @param seen  bytes of the message up to the end of this block. */
function compress(state: bigint[], block: Buffer, seen: number, isLast: boolean): void {
  const message = Array.from({ length: 16 }, (_, at) => block.readBigUInt64LE(at * 8));
  const v = [...state, ...initial];
  v[12] = word(v, 12) ^ BigInt(seen);
  if (isLast) v[14] = word(v, 14) ^ mask;
  for (let round = 0; round < 12; round++) {
    const row = order[round % 10] ?? '';
    const at = (index: number) => word(message, Number.parseInt(row[index] ?? '0', 16));
    for (let column = 0; column < 4; column++) {
      mix(v, [column, column + 4, column + 8, column + 12], at(2 * column), at(2 * column + 1));
    }
    for (let diagonal = 0; diagonal < 4; diagonal++) {
      const places = [diagonal, 4 + ((diagonal + 1) % 4), 8 + ((diagonal + 2) % 4), 12 + ((diagonal + 3) % 4)] as const;
      mix(v, places, at(8 + 2 * diagonal), at(9 + 2 * diagonal));
    }
  }
  for (let at = 0; at < 8; at++) state[at] = word(state, at) ^ word(v, at) ^ word(v, at + 8);
}

type Places = readonly [number, number, number, number];

function mix(v: bigint[], [a, b, c, d]: Places, x: bigint, y: bigint): void {
  v[a] = (word(v, a) + word(v, b) + x) & mask;
  v[d] = turned(word(v, d) ^ word(v, a), 32n);
  v[c] = (word(v, c) + word(v, d)) & mask;
  v[b] = turned(word(v, b) ^ word(v, c), 24n);
  v[a] = (word(v, a) + word(v, b) + y) & mask;
  v[d] = turned(word(v, d) ^ word(v, a), 16n);
  v[c] = (word(v, c) + word(v, d)) & mask;
  v[b] = turned(word(v, b) ^ word(v, c), 63n);
}

const turned = (value: bigint, bits: bigint): bigint => ((value >> bits) | (value << (64n - bits))) & mask;

const word = (words: readonly bigint[], at: number): bigint => words[at] ?? 0n;
