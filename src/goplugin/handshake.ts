/** The one line that a plugin prints, and the choice of the application's version. Pure. Source: spec go-plugin.md §4, §7. */
import { X509Certificate } from 'node:crypto';
import { AutoscalerError } from '../lib/error.ts';
import { goBool } from '../lib/go-bool.ts';

/** The version of the line itself. */
const coreVersion = 1;

/** A value that tells a plugin that it was started by a host and not by a person. No secret. */
export interface Cookie {
  readonly key: string;
  readonly value: string;
}

export interface Handshake {
  /** The application's version that the plugin chose. */
  readonly version: number;
  readonly network: 'unix' | 'tcp';
  /** A socket's path, or `host:port`; an empty host is this machine. */
  readonly address: string;
  /** DER of the plugin's certificate; absent when it speaks without TLS. */
  readonly certificate?: Uint8Array;
  /** Whether the plugin can carry everything over one connection; absent when it did not say. */
  readonly multiplexes?: boolean;
}

export interface Expected {
  /** The application's versions that the host knows. */
  readonly versions: readonly number[];
  readonly tls: boolean;
  readonly multiplex: boolean;
}

/**
 * An error of starting a plugin. Code `plugin_start_failed`.
 *
 * @param hint  goes on where the executable's path ends: `ended with exit status 1 and …`.
 */
export function startError(message: string, hint?: string): AutoscalerError {
  return new AutoscalerError('plugin_start_failed', message, { blame: 'remote', hint });
}

/** True when the line has the four fields that make it a handshake, good or bad. */
export function looksLikeHandshake(line: string): boolean {
  return line.trim().split('|').length >= 4;
}

/**
 * Reads the line. Fields that the host has no use for are ignored.
 *
 * @throws `plugin_start_failed` with Go's text for the first thing that is wrong, in Go's order.
 */
export function parseHandshake(line: string, expected: Expected): Handshake {
  const fields = line.trim().split('|');
  const [core = '', app = '', network = '', address = '', protocol = 'netrpc', certText = ''] = fields;
  if (fields.length < 4) throw startError(`Unrecognized remote plugin message: ${line.trim()}`);
  const coreNumber = goInteger(core, (why) => `error parsing core protocol version: ${why}`);
  if (coreNumber !== coreVersion) {
    throw startError(
      `incompatible core API version with plugin. Plugin version: ${core}, Core version: ${coreVersion}\n\n` +
        'To fix this, the plugin usually only needs to be recompiled.\nPlease report this to the plugin author',
    );
  }
  const version = goInteger(app, (why) => `Error parsing protocol version ${JSON.stringify(app)}: ${why}`);
  if (!expected.versions.includes(version)) {
    const known = expected.versions.join(' ');
    throw startError(
      `incompatible API version with plugin. Plugin version: ${version}, Client versions: [${known}]`,
      `speaks version ${version} of the protocol, and this host ${known}: take a release of it that was made for this host`,
    );
  }
  if (network !== 'unix' && network !== 'tcp') throw startError(`unknown address type: ${address}`);
  if (network === 'tcp') checkTcpAddress(address);
  if (protocol !== 'grpc') {
    throw startError(`unsupported plugin protocol ${JSON.stringify(protocol)}. Supported: [grpc]`);
  }
  const certificate = certText.length > shortField ? decodeCertificate(certText) : undefined;
  if (certificate !== undefined && !expected.tls) {
    throw startError('plugin sent a TLS certificate but TLS is not enabled');
  }
  const multiplexes = expected.multiplex ? checkMultiplex(fields[6]) : undefined;
  return {
    version,
    network,
    address,
    ...(certificate === undefined ? {} : { certificate }),
    ...(multiplexes === undefined ? {} : { multiplexes }),
  };
}

/** Some old releases put short unrelated data where the certificate belongs; up to this length it is none. */
const shortField = 50;

/** `host:port` of a dialable address: a missing host is this machine, IPv6 keeps its brackets. */
export function dialAddress(address: string): string {
  return address.startsWith(':') ? `127.0.0.1${address}` : address;
}

function checkTcpAddress(address: string): void {
  const colon = address.lastIndexOf(':');
  if (colon < 0 || address.endsWith(']')) throw startError(`address ${address}: missing port in address`);
  const port = address.slice(colon + 1);
  if (!/^[0-9]+$/.test(port) || Number(port) > 65_535) throw startError(`address ${port}: invalid port`);
}

function checkMultiplex(field: string | undefined): boolean {
  const refused = 'client requested gRPC broker multiplexing but plugin does not support the feature';
  if (field === undefined) {
    throw startError(
      `${refused}; for Go plugins, you will need to update the github.com/hashicorp/go-plugin dependency and recompile`,
    );
  }
  const answer = goBool(field);
  if (answer === undefined) {
    throw startError(`error parsing ${JSON.stringify(field)} as a boolean for gRPC broker multiplexing support`);
  }
  if (!answer) throw startError(refused);
  return answer;
}

/** Strict, unlike Buffer's decoder: an unknown character and padding are errors, as they are for a Go host. */
function decodeCertificate(text: string): Uint8Array {
  const illegal = text.search(/[^A-Za-z0-9+/]/);
  const at = illegal >= 0 ? illegal : text.length % 4 === 1 ? text.length - 1 : -1;
  if (at >= 0) throw startError(`error parsing server cert: illegal base64 data at input byte ${at}`);
  const der = Buffer.from(text, 'base64');
  try {
    if (new X509Certificate(der).raw.length === der.length) return der;
  } catch {
    throw startError('error parsing server cert: x509: malformed certificate');
  }
  throw startError('error parsing server cert: x509: trailing data');
}

function goInteger(text: string, describe: (why: string) => string): number {
  const fail = (why: string) => startError(describe(`strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`));
  if (!/^[+-]?[0-9]+$/.test(text)) throw fail('invalid syntax');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw fail('value out of range');
  return value;
}

/**
 * The line that a plugin prints, with its newline: six fields, or seven when `multiplexes` says something. Hosts before
 * go-plugin 1.6 take a seventh field for a part of the certificate, so it is for those who asked only.
 */
export function formatHandshake(handshake: Handshake): string {
  const { version, network, address, certificate, multiplexes } = handshake;
  const cert = certificate === undefined ? '' : Buffer.from(certificate).toString('base64').replaceAll('=', '');
  const fields = [coreVersion, version, network, address, 'grpc', cert];
  if (multiplexes !== undefined) fields.push(String(multiplexes));
  return `${fields.join('|')}\n`;
}

/**
 * The plugin's side of the version choice: the highest of its own that the host listed, else its lowest, which leaves
 * the complaint to the host. That serves hosts that list nothing.
 *
 * @param offered  the value of `PLUGIN_PROTOCOL_VERSIONS`.
 * @returns        with `invalid`, the entries that are no numbers.
 */
export function chooseVersion(
  offered: string | undefined,
  own: readonly number[],
): { readonly version: number; readonly invalid: readonly string[] } {
  const entries = offered === undefined || offered === '' ? [] : offered.split(',');
  const isNumber = (entry: string) => /^[+-]?[0-9]+$/.test(entry);
  const known = new Set(entries.filter(isNumber).map(Number));
  const falling = [...own].sort((a, b) => b - a);
  const version = falling.find((one) => known.has(one)) ?? falling.at(-1);
  if (version === undefined) throw startError('a plugin needs at least one protocol version');
  return { version, invalid: entries.filter((entry) => !isNumber(entry)) };
}
