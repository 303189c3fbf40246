import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { chooseVersion, dialAddress, formatHandshake, parseHandshake } from '../../../src/goplugin/handshake.ts';
import { makeCertificate } from '../../../src/goplugin/mtls.ts';

const expected = { versions: [1], tls: false, multiplex: false };

test('a line says version, network and address', () => {
  assert.deepEqual(parseHandshake('1|1|unix|/tmp/plugin1|grpc|', expected), {
    version: 1,
    network: 'unix',
    address: '/tmp/plugin1',
  });
});

test('an empty host means this machine', () => {
  assert.equal(parseHandshake('1|1|tcp|:1234|grpc', expected).address, ':1234');
  assert.equal(dialAddress(':1234'), '127.0.0.1:1234');
  assert.equal(dialAddress('127.0.0.2:1'), '127.0.0.2:1');
});

const multiplexRefused = 'client requested gRPC broker multiplexing but plugin does not support the feature';

const multiplexCases = [
  {
    line: '1|1|unix|/s|grpc|',
    error: /^client requested gRPC broker multiplexing .* update the github.com.*recompile$/,
  },
  { line: '1|1|unix|/s|grpc||false', error: multiplexRefused },
  { line: '1|1|unix|/s|grpc||maybe', error: 'error parsing "maybe" as a boolean for gRPC broker multiplexing support' },
];
for (const { line, error } of multiplexCases) {
  test(`one who wants multiplexing refuses ${line}`, () => {
    assert.throws(() => parseHandshake(line, { ...expected, multiplex: true }), { message: error });
  });
}

test('one who wants multiplexing takes a plugin that offers it', () => {
  assert.equal(parseHandshake('1|1|unix|/s|grpc||T', { ...expected, multiplex: true }).multiplexes, true);
});

test('numbers are Go integers', () => {
  assert.equal(parseHandshake('+1|+1|unix|/s|grpc', expected).version, 1);
  const bad = (field: string) => () => parseHandshake(`1|${field}|unix|/s|grpc`, expected);
  for (const field of ['', '1.0', '0x1', '1 ']) assert.throws(bad(field), { message: /invalid syntax$/ });
  assert.throws(bad('99999999999999999999'), { message: /value out of range$/ });
});

test('a certificate survives the line, without padding', async () => {
  const { der } = await makeCertificate(Date.UTC(2026, 5, 1), randomBytes);
  const line = formatHandshake({ version: 1, network: 'unix', address: '/s', certificate: der });
  assert.match(line, /^1\|1\|unix\|\/s\|grpc\|[A-Za-z0-9+/]+\n$/);
  const read = parseHandshake(line, { ...expected, tls: true });
  assert.deepEqual(Buffer.from(read.certificate ?? []), Buffer.from(der));
  assert.throws(() => parseHandshake(line, expected), {
    message: 'plugin sent a TLS certificate but TLS is not enabled',
  });
});

test('a plugin prints six fields, and the seventh only when it was asked', () => {
  const plain = { version: 3, network: 'tcp', address: '127.0.0.1:9', multiplexes: undefined } as const;
  const { multiplexes: _, ...six } = plain;
  assert.equal(formatHandshake(six), '1|3|tcp|127.0.0.1:9|grpc|\n');
  assert.equal(formatHandshake({ ...six, multiplexes: false }), '1|3|tcp|127.0.0.1:9|grpc||false\n');
});

const choices: readonly (readonly [string | undefined, readonly number[], number])[] = [
  ['1', [1], 1],
  ['1,2,3', [2, 3, 4], 3],
  ['3,2,1', [4, 3, 2], 3],
  ['5,x,3', [1], 1],
  ['1', [2], 2],
  [undefined, [2, 1], 1],
  ['', [1, 2], 1],
  ['2', [1, 2], 2],
];
for (const [offered, own, version] of choices) {
  test(`a plugin with ${own.join(',')} that is offered ${offered} takes ${version}`, () => {
    assert.equal(chooseVersion(offered, own).version, version);
  });
}

test('offers that are no numbers are told', () => {
  assert.deepEqual(chooseVersion('5,x,,3', [3]).invalid, ['x', '']);
});
