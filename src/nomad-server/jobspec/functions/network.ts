/** Functions on IP networks, both versions. Source: spec jobspec.md §1.2. */
import { isIPv4, isIPv6 } from 'node:net';
import { FunctionError } from '../../../hcl/scope.ts';
import { define, type Table } from './arguments.ts';

interface Network {
  readonly address: bigint;
  /** Length of the prefix. */
  readonly prefix: number;
  /** 32 or 128. */
  readonly bits: number;
}

export const networkFunctions: Table = {
  cidrhost: define(['prefix', 'hostnum'], (args) => {
    const network = parse(args.text(0));
    const size = 1n << BigInt(network.bits - network.prefix);
    const number = BigInt(args.number(1));
    if (number >= size || -number > size) {
      throw new FunctionError(`prefix of ${network.prefix} does not accommodate a host numbered ${number}`);
    }
    return addressText(network.address + (number < 0n ? size + number : number), network.bits);
  }),
  cidrnetmask: define(['prefix'], (args) => {
    const { prefix, bits } = parse(args.text(0));
    return addressText(maskOf(prefix, bits), bits);
  }),
  cidrsubnet: define(['prefix', 'newbits', 'netnum'], (args) => {
    const network = parse(args.text(0));
    const prefix = longer(network, args.number(1));
    const step = 1n << BigInt(network.bits - prefix);
    return networkText({ ...network, address: network.address + BigInt(args.number(2)) * step, prefix });
  }),
  cidrsubnets: define(['prefix', '...newbits'], (args) => {
    const network = parse(args.text(0));
    let next = network.address;
    return args.rest(1).map((_, at) => {
      const prefix = longer(network, args.number(at + 1));
      const step = 1n << BigInt(network.bits - prefix);
      const address = ((next + step - 1n) / step) * step;
      next = address + step;
      return networkText({ ...network, address, prefix });
    });
  }),
};

function longer({ prefix, bits }: Network, more: number): number {
  if (prefix + more <= bits) return prefix + more;
  throw new FunctionError(`insufficient address space to extend prefix of ${prefix} by ${more}`);
}

function parse(text: string): Network {
  const [address = '', length = ''] = text.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : undefined;
  if (bits === undefined || !/^\d+$/.test(length) || Number(length) > bits) {
    throw new FunctionError(`invalid CIDR expression: invalid CIDR address: ${text}`, 0);
  }
  const value = bits === 32 ? join(address.split('.'), 8n, 10) : join(groupsOf(address), 16n, 16);
  return { address: value & maskOf(Number(length), bits), prefix: Number(length), bits };
}

const join = (parts: readonly string[], width: bigint, base: 10 | 16) =>
  parts.reduce((sum, part) => (sum << width) | BigInt(base === 16 ? `0x${part}` : part), 0n);

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const [left, right] = [head, tail ?? ''].map((one) => one.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - (left?.length ?? 0) - (right?.length ?? 0) }, () => '0');
  return [...(left ?? []), ...zeros, ...(right ?? [])];
}

const maskOf = (prefix: number, bits: number) => ((1n << BigInt(prefix)) - 1n) << BigInt(bits - prefix);

const networkText = ({ address, prefix, bits }: Network) => `${addressText(address, bits)}/${prefix}`;

function addressText(address: bigint, bits: number): string {
  const [width, count, base] = bits === 32 ? [8n, 4, 10] : [16n, 8, 16];
  const parts = Array.from({ length: count }, (_, at) =>
    ((address >> (width * BigInt(count - 1 - at))) & ((1n << width) - 1n)).toString(base),
  );
  if (bits === 32) return parts.join('.');
  const zeros = parts.join(':').match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? [];
  const longest = zeros.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined
    ? parts.join(':')
    : parts
        .join(':')
        .replace(longest, ':')
        .replace(/^:(?!:)|(?<!:):$/, '::');
}
