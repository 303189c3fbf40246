import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openChannel } from '../../../src/goplugin/channel.ts';
import { FileOutline } from '../../../src/goplugin/generated/goplugin/descriptor.ts';
import {
  ServerReflectionService as Current,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../../src/goplugin/generated/goplugin/reflection.ts';
import { ServerReflectionService as Alpha } from '../../../src/goplugin/generated/goplugin/reflection_v1alpha.ts';
import type { ServeOptions } from '../../../src/goplugin/serve.ts';
import { type Service, unary } from '../../../src/goplugin/service.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { serveHere } from '../../support/goplugin.ts';

const bytes = (value: Buffer) => value;
const method = {
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  responseSerialize: bytes,
} as const;
const kv: Service = {
  definition: { get: { ...method, path: '/proto.KV/Get', requestDeserialize: bytes, responseDeserialize: bytes } },
  implementation: { get: unary((key: Buffer) => key) },
};

async function asking(t: TestContext, options: Partial<ServeOptions>) {
  const address = (await serveHere(t, {}, { versions: { 1: [kv] }, ...options }).line).split('|')[3] ?? '';
  const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
  t.after(() => channel.close());
  return async (request: Partial<ServerReflectionRequest>, service = Current.serverReflectionInfo) => {
    const stream = channel.duplexStream<ServerReflectionRequest, ServerReflectionResponse>(service);
    stream.write({ host: 'here', ...request });
    const [answer]: ServerReflectionResponse[] = await once(stream, 'data');
    stream.end();
    await once(stream, 'end');
    assert.ok(answer);
    return answer;
  };
}

const namesOf = ({ fileDescriptorResponse }: ServerReflectionResponse) =>
  fileDescriptorResponse?.fileDescriptorProto.map((file) => FileOutline.decode(file).name);

const all = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'plugin.GRPCBroker',
  'plugin.GRPCController',
  'plugin.GRPCStdio',
  'proto.KV',
];

const alpha = Alpha.serverReflectionInfo as unknown as typeof Current.serverReflectionInfo; // another path, the same messages
for (const [name, service] of [['v1', Current.serverReflectionInfo] as const, ['v1alpha', alpha] as const]) {
  test(`go-plugin #80: reflection ${name} lists the services`, async (t) => {
    const ask = await asking(t, { reflection: { descriptors: [] } });
    const { listServicesResponse, validHost, originalRequest } = await ask({ listServices: '' }, service);
    assert.deepEqual(
      listServicesResponse?.service.map((one) => one.name),
      all,
    );
    assert.deepEqual([validHost, originalRequest?.listServices], ['here', '']);
  });
}

test('the services of the protocol are described, with what their files import', async (t) => {
  const ask = await asking(t, { reflection: { descriptors: [] } });
  const stdio = ['goplugin/stdio.proto', 'google/protobuf/empty.proto'];
  assert.deepEqual(namesOf(await ask({ fileContainingSymbol: 'plugin.GRPCStdio' })), stdio);
  assert.deepEqual(namesOf(await ask({ fileContainingSymbol: 'plugin.GRPCStdio.StreamStdio' })), stdio);
  assert.deepEqual(namesOf(await ask({ fileContainingSymbol: 'plugin.StdioData.Channel' })), stdio);
  assert.deepEqual(namesOf(await ask({ fileByFilename: 'goplugin/broker.proto' })), ['goplugin/broker.proto']);
  const own = all.filter((name) => name !== 'proto.KV');
  for (const name of own) assert.ok(namesOf(await ask({ fileContainingSymbol: name })), name);
});

/** A FileDescriptorSet that was written by hand: a field is its number, its length and its bytes. */
const field = (number: number, value: string | Buffer): Buffer => {
  const content = Buffer.from(value);
  assert.ok(content.length < 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
};
const extension = Buffer.concat([field(1, 'note'), field(2, '.proto.Thing'), Buffer.from([3 * 8, 100])]);
const described = field(
  1,
  Buffer.concat([
    field(1, 'kv.proto'),
    field(2, 'proto'),
    field(4, field(1, 'Thing')),
    field(6, Buffer.concat([field(1, 'KV'), field(2, field(1, 'Get'))])),
    field(7, extension),
  ]),
);

test('the application’s services are described when their descriptors are given', async (t) => {
  const without = await asking(t, { reflection: { descriptors: [] } });
  assert.deepEqual((await without({ fileContainingSymbol: 'proto.KV' })).errorResponse, {
    errorCode: 5,
    errorMessage: 'symbol proto.KV is not known',
  });
  const ask = await asking(t, { reflection: { descriptors: [described] } });
  assert.deepEqual(namesOf(await ask({ fileContainingSymbol: 'proto.KV' })), ['kv.proto']);
  assert.deepEqual(namesOf(await ask({ fileContainingSymbol: 'proto.KV.Get' })), ['kv.proto']);
  const numbers = await ask({ allExtensionNumbersOfType: 'proto.Thing' });
  assert.deepEqual(numbers.allExtensionNumbersResponse, { baseTypeName: 'proto.Thing', extensionNumber: [100] });
  const wanted = { containingType: 'proto.Thing', extensionNumber: 100 };
  assert.deepEqual(namesOf(await ask({ fileContainingExtension: wanted })), ['kv.proto']);
  const missing = await ask({ fileContainingExtension: { ...wanted, extensionNumber: 101 } });
  assert.equal(missing.errorResponse?.errorCode, 5);
  assert.equal((await ask({})).errorResponse?.errorCode, 3);
});

test('a plugin that was not told to describes nothing', async (t) => {
  const ask = await asking(t, {});
  await assert.rejects(ask({ listServices: '' }), { code: 12 });
});

test('every file of proto/ with a service is described', async (t) => {
  const ask = await asking(t, { reflection: { descriptors: [] } });
  const folder = fileURLToPath(new URL('../../../proto/goplugin', import.meta.url));
  for (const name of readdirSync(folder).filter((file) => file !== 'descriptor.proto')) {
    assert.ok(namesOf(await ask({ fileByFilename: `goplugin/${name}` })), name);
  }
});
