/** go-plugin's bidirectional example at either end: a plugin that counts, and adders that both sides offer by the broker. */
import { loadSync } from '@grpc/proto-loader';
import type { Broker, Offer } from '../../src/goplugin/broker.ts';
import type { Channel, Method } from '../../src/goplugin/channel.ts';
import type { PluginProcess } from '../../src/goplugin/plugin-process.ts';
import { type Service, unary } from '../../src/goplugin/service.ts';
import { RpcError, status } from '../../src/goplugin/status.ts';
import { fixturePath } from './goplugin.ts';

interface Put {
  readonly addServer: number;
  readonly key: string;
  readonly value: number;
}

interface CounterMethods {
  readonly Get: Method<{ readonly key: string }, { readonly value: number }>;
  readonly Put: Method<Put, object>;
}

interface AddMethods {
  readonly Sum: Method<{ readonly a: number; readonly b: number }, { readonly r: number }>;
}

interface BulkMethods {
  readonly Read: Method<{ readonly value: number }, { readonly value: Buffer }>;
}

type Definition<Methods> = Methods & Service['definition'];

const loaded = loadSync(fixturePath('bidirectional.proto'), { longs: Number, defaults: true });
const Counter = loaded['proto.Counter'] as unknown as Definition<CounterMethods>;
const AddHelper = loaded['proto.AddHelper'] as unknown as Definition<AddMethods>;
const Bulk = loaded['proto.Bulk'] as unknown as Definition<BulkMethods>;

export const counterCookie = { key: 'BASIC_PLUGIN', value: 'hello' };

/** @param bonus  tells who has added. @param onCall  called before each answer. */
export function adder(bonus: number, onCall: () => void | Promise<void> = () => undefined): Service {
  const Sum = unary(async ({ a, b }: { readonly a: number; readonly b: number }) => {
    await onCall();
    return { r: a + b + bonus };
  });
  return { definition: AddHelper, implementation: { Sum } };
}

/** Asks the adder that the other side offers under this number. */
export async function add(broker: Broker, id: number, a: number, b: number): Promise<number> {
  const channel = await broker.dial(id);
  try {
    return await sum(channel, a, b);
  } finally {
    channel.close();
  }
}

export const sum = async (channel: Channel, a: number, b: number): Promise<number> =>
  (await channel.unary(AddHelper.Sum, { a, b })).r;

/** So many bytes, each its place modulo 251. */
export const pattern = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, at) => at % 251));

/**
 * The plugin. `Get` answers `offer` with the number of a new adder of its own, `offer:7` with one of that number,
 * anything else with a number that was put.
 */
export function counterServices(broker: Broker): readonly Service[] {
  const values = new Map<string, number>();
  const implementation = {
    Get: unary(async ({ key }: { readonly key: string }) => {
      const [word, number] = key.split(':');
      if (word === 'offer') {
        const id = number === undefined ? broker.nextId() : Number(number);
        await broker.accept(id, [adder(1000)]);
        return { value: id };
      }
      const value = values.get(key);
      if (value === undefined) throw new RpcError(status.notFound, key);
      return { value };
    }),
    Put: unary(async ({ addServer, key, value }: Put) => {
      values.set(key, await add(broker, addServer, values.get(key) ?? 0, value));
      return {};
    }),
  };
  const Read = unary(({ value }: { readonly value: number }) => ({ value: pattern(value) }));
  return [
    { definition: Counter, implementation },
    { definition: Bulk, implementation: { Read } },
  ];
}

/** The host's end of it. */
export function counter({ channel, broker }: PluginProcess) {
  const get = async (key: string) => (await channel.unary(Counter.Get, { key })).value;
  const putBy = (addServer: number, key: string, value: number) =>
    channel.unary(Counter.Put, { addServer, key, value });
  return {
    broker,
    get,
    putBy,
    /** Has the plugin add by an adder that is offered for this one call. */
    async put(key: string, value: number): Promise<void> {
      const id = broker.nextId();
      const offer: Offer = await broker.accept(id, [adder(0)]);
      try {
        await putBy(id, key, value);
      } finally {
        offer.close();
      }
    },
    /** Asks an adder of the plugin's. */
    add: async (a: number, b: number) => add(broker, await get('offer'), a, b),
    read: async (value: number) => (await channel.unary(Bulk.Read, { value })).value,
  };
}
