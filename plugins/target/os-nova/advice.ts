/** What a policy's block leads one to expect and will not do. Pure. */
import type { Problem } from 'nomad-autoscaler/sdk';
import type { PoolConfig } from './config.ts';
import { isOn, readMetadata, splitList } from './lists.ts';
import { whyNoName } from './names.ts';

/** It can be scaled in all the same, and out once it is mended: what is missing for new servers shows when they are wanted. */
export function poolAdvice(config: PoolConfig): readonly Problem[] {
  return [...missing(config), ...zones(config), ...lists(config), ...metadata(config)];
}

const invalid = (key: string, detail: string): Problem => ({ kind: 'invalid', key, detail });
const doubtful = (key: string, detail: string): Problem => ({ kind: 'doubtful', key, detail });

/** Source: the texts are those of the scaling out that fails. */
export const needs = {
  image: 'required config param image_id or image_name',
  flavor: 'required config param flavor_id or flavor_name',
  network: 'required config param network_ids/network_names or network_id/network_name not found',
} as const;

function missing(config: PoolConfig): readonly Problem[] {
  const { imageId, imageName, flavorId, flavorName, networkIds, networkNames, networkId, networkName } = config;
  const name = whyNoName(config);
  return [
    ...(name === undefined ? [] : [invalid('name_prefix', name)]),
    ...((imageId ?? imageName) === undefined ? [invalid('image_name', needs.image)] : []),
    ...((flavorId ?? flavorName) === undefined ? [invalid('flavor_name', needs.flavor)] : []),
    ...((networkIds ?? networkNames ?? networkId ?? networkName) === undefined
      ? [invalid('network_name', needs.network)]
      : []),
  ];
}

/** Said when a policy is read and when servers are created. */
export const zonesWithoutEffect =
  'availability_zones has no effect without evenly_split_azs = true: Nova chooses the zones';

const zones = ({ availabilityZones, evenlySplitAzs }: PoolConfig): readonly Problem[] =>
  availabilityZones === undefined || isOn(evenlySplitAzs) ? [] : [doubtful('availability_zones', zonesWithoutEffect)];

/** With another separator a text with commas is one item: somebody changed the separator for one list and forgot the others. */
function lists(config: PoolConfig): readonly Problem[] {
  const { valueSeparator: separator } = config;
  const texts = {
    network_ids: config.networkIds,
    network_names: config.networkNames,
    availability_zones: config.availabilityZones,
    security_groups: config.securityGroups,
    tags: config.tags,
  };
  if (separator === ',') return [];
  return Object.entries(texts).flatMap(([key, text]) => {
    if (text === undefined || !text.includes(',') || text.includes(separator)) return [];
    return [doubtful(key, `"${text}" is one item of ${key}, since value_separator is "${separator}"`)];
  });
}

const metadata = ({ metadata: text, valueSeparator }: PoolConfig): readonly Problem[] =>
  readMetadata(splitList(text, valueSeparator)).broken.map((parts) =>
    doubtful('metadata', `"${parts.join('=')}" is left out of the metadata: it is not one key=value`),
  );
