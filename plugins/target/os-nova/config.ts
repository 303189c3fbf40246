/** A policy's `target "os-nova"` block: the pool, and what its servers are made of. Source: spec os-nova.md §1.3. */
import { block, bool, type Infer, integer, optional, text } from 'nomad-autoscaler/sdk';
import { nodePoolFields } from 'nomad-autoscaler/sdk/nodepool';
import { sharedFields } from './config-cloud.ts';
import { splitList } from './lists.ts';
import { poolTag } from './mark.ts';

/** Keys that hold lists hold them in one text, cut at `value_separator`. */
export const poolConfig = block({
  poolName: text({
    doc: 'Pool: all servers that carry the tag `na_pool:<pool_name>`.',
    missing: 'required config param pool_name not found',
  }),
  namePrefix: optional(text({ doc: 'New servers are named by it and a random part. Either this or `name`.' })),
  name: optional(
    text({ doc: 'Name of every new server. Such a pool is scaled in only where `id_attribute` tells nodes apart.' }),
  ),
  imageId: optional(text({ doc: 'Image of new servers; wins over `image_name`.' })),
  imageName: optional(text({ doc: 'The same by name, which must be unique.' })),
  flavorId: optional(text({ doc: 'Flavor of new servers; wins over `flavor_name`.' })),
  flavorName: optional(text({ doc: 'The same by name.' })),
  networkIds: optional(text({ doc: 'List: networks of new servers. Of the four network keys the first one counts.' })),
  networkNames: optional(text({ doc: 'List: the same by name.' })),
  networkId: optional(text({ doc: 'One network.' })),
  networkName: optional(text({ doc: 'The same by name.' })),
  availabilityZones: optional(
    text({
      doc: 'List: zones that `evenly_split_azs` spreads the pool over; without it, all that the cloud has.',
      aliases: ['availavility_zones'],
    }),
  ),
  evenlySplitAzs: optional(
    text({ doc: 'Anything but `false`: new servers go to the emptiest zone, and the fullest loses servers first.' }),
  ),
  serverGroupId: optional(text({ doc: 'Server group of new servers.' })),
  securityGroups: optional(text({ doc: 'List: names of their security groups.' })),
  userDataTemplate: optional(
    text({
      doc: 'File with a Go template of their user data; knows `.Name`, `.AZ`, `.RandomUUID`, `.ShortRandomUUID` and `.PoolName`.',
    }),
  ),
  metadata: optional(text({ doc: 'List of `key=value`: their metadata.' })),
  tags: optional(text({ doc: 'List: further tags.' })),
  floatingipPoolName: optional(text({ doc: 'External network from which each new server gets a floating IP.' })),
  valueSeparator: text({ doc: 'What separates the items of the lists.', default: ',' }),
  ...sharedFields,
  serverParallelism: integer({
    doc: 'How many servers are created, or removed, at the same time.',
    default: 5,
    min: 1,
    max: 100,
  }),
  replaceErrorServers: bool({
    doc: 'Deletes servers in `ERROR` whose node does not work, so that others can take their place.',
    default: true,
  }),
  ...nodePoolFields,
});

/** The pool that a policy scales. */
export type PoolConfig = Infer<typeof poolConfig>;

const longestTag = 60;
const mostTags = 50;

/** Nova's limits of tags, which also bound the name of a pool. */
export function tagRule({ poolName, tags, valueSeparator }: PoolConfig): { key: string; detail: string } | undefined {
  const longestName = longestTag - poolTag('').length;
  const why = badTag(poolName, longestName);
  if (why !== undefined) return { key: 'pool_name', detail: `pool_name cannot be a part of a tag: it ${why}` };
  const all = splitList(tags, valueSeparator);
  for (const tag of all) {
    const broken = tag === '' ? 'is empty' : badTag(tag, longestTag);
    if (broken !== undefined) return { key: 'tags', detail: `tag "${tag}" is impossible: it ${broken}` };
  }
  if (all.length < mostTags) return undefined;
  return { key: 'tags', detail: `a server has at most ${mostTags} tags, the pool's own among them` };
}

function badTag(tag: string, longest: number): string | undefined {
  if (/[/,]/.test(tag)) return 'contains a slash or a comma';
  return [...tag].length > longest ? `is longer than ${longest} characters` : undefined;
}
