/** Records on their way into the lines of `snapshot.ts` and back: what they share becomes a reference. Pure. */
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { Allocation } from './allocation.ts';
import type { SavedRows, TableName } from './saved-state.ts';

/** Stands for a value of an earlier line. */
interface Reference {
  readonly '#': number;
}

/** Numbers shared values, in the order in which they are met. */
export class Packer {
  readonly #numbers = new Map<object, number>();
  #fresh: string[] = [];

  share(value: object): Reference {
    const known = this.#numbers.get(value);
    if (known !== undefined) return { '#': known };
    const reference = { '#': this.#numbers.size };
    this.#numbers.set(value, reference['#']);
    this.#fresh.push(JSON.stringify({ ...reference, is: value }));
    return reference;
  }

  /** The lines of those that were met since the last call. */
  definitions(): readonly string[] {
    const lines = this.#fresh;
    if (lines.length > 0) this.#fresh = [];
    return lines;
  }
}

/** Finds shared values by their numbers. */
export class Unpacker {
  readonly #values: unknown[] = [];

  define(line: JsonObject): void {
    this.#values.push(line['is']);
  }

  find(reference: unknown): unknown {
    return isJsonObject(reference) ? this.#values[Number(reference['#'])] : undefined;
  }
}

interface Form<Row> {
  pack(row: Row, packer: Packer): unknown;
  /** @param packed  what `pack` gave, after JSON. */
  unpack(packed: unknown, values: Unpacker): Row;
}

/** A cast stands where the form of what was written is known from `pack`. */
const forms: { readonly [K in TableName]?: Form<SavedRows[K]> } = {
  jobs: {
    pack: (job, packer) => packer.share(job),
    unpack: (packed, values) => values.find(packed) as SavedRows['jobs'],
  },
  versions: {
    pack: (jobs, packer) => jobs.map((job) => packer.share(job)),
    unpack: (packed, values) =>
      (packed as unknown[]).map((one) => values.find(one)) as unknown as SavedRows['versions'],
  },
  allocations: {
    pack: ({ Job, AllocatedResources, Metrics, ...own }, packer) => [
      ...[packer.share(Job), packer.share(AllocatedResources), packer.share(Metrics)],
      own,
    ],
    unpack(packed, values) {
      const [job, resources, metrics, own] = packed as readonly unknown[];
      const shared = {
        Job: values.find(job),
        AllocatedResources: values.find(resources),
        Metrics: values.find(metrics),
      };
      return { ...(own as Allocation), ...(shared as Pick<Allocation, 'Job' | 'AllocatedResources' | 'Metrics'>) };
    },
  },
  scalingEvents: {
    pack: ({ groups, ...own }) => ({ ...own, groups: [...groups] }),
    unpack(packed) {
      const { groups, ...own } = packed as { groups: [string, SavedRows['scalingEvents']['groups']][] };
      return { ...own, groups: new Map(groups) } as unknown as SavedRows['scalingEvents'];
    },
  },
};

/** @returns what JSON can hold. */
export function pack<K extends TableName>(name: K, row: unknown, packer: Packer): unknown {
  const form = forms[name] as Form<unknown> | undefined;
  return form === undefined ? row : form.pack(row, packer);
}

export function unpack(name: TableName, packed: unknown, values: Unpacker): unknown {
  const form = forms[name] as Form<unknown> | undefined;
  return form === undefined ? packed : form.unpack(packed, values);
}
