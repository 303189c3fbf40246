/** Which address of the catalogue a service is asked at. Pure. Source: spec os-nova.md §3. */
import { isJsonObject, type JsonObject } from 'nomad-autoscaler/sdk';
import { type Access, unusable } from './credentials.ts';

/** The types of service that are asked. */
export type ServiceType = 'compute' | 'image' | 'network' | 'load-balancer';

/** An address of a service. */
interface Endpoint {
  readonly interface: string;
  /** Name and ID of its region, which are usually the same. */
  readonly regions: readonly string[];
  readonly url: string;
}

/** The catalogue of a token: addresses by type of service, in its order. */
export type Catalog = ReadonlyMap<string, readonly Endpoint[]>;

/** Reads the `catalog` of a token. A token without one has an empty catalogue. */
export function readCatalog(list: unknown): Catalog {
  const catalog = new Map<string, Endpoint[]>();
  for (const service of objects(list)) {
    const type = String(service['type']);
    catalog.set(type, [...(catalog.get(type) ?? []), ...objects(service['endpoints']).flatMap(readEndpoint)]);
  }
  return catalog;
}

function readEndpoint(json: JsonObject): readonly Endpoint[] {
  const { interface: which, region, region_id: regionId, url } = json;
  if (typeof which !== 'string' || typeof url !== 'string') return [];
  return [{ interface: which, regions: [region, regionId].filter((one) => typeof one === 'string'), url }];
}

const objects = (list: unknown): readonly JsonObject[] => (Array.isArray(list) ? list.filter(isJsonObject) : []);

/** Compat: upstream's own where nobody names one. */
const usualRegion = 'RegionOne';

/**
 * The address of a service, by its type, the interface and the region. Without a region it is `RegionOne`, or else the only
 * region in which the service is.
 *
 * @throws `openstack_request_failed` (usage), with upstream's text and what there is instead.
 */
export function endpointOf(catalog: Catalog, type: ServiceType, access: Pick<Access, 'region' | 'interface'>): URL {
  const all = catalog.get(type) ?? [];
  const reachable = all.filter((one) => one.interface === access.interface);
  const [only, ...others] = new Set(reachable.map(regionOf));
  const region = access.region ?? (only !== undefined && others.length === 0 ? only : usualRegion);
  const found = reachable.find((one) => one.regions.includes(region) || regionOf(one) === region);
  const url = found && URL.parse(found.url);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw unusable(`No suitable endpoint could be found in the service catalog.${instead(type, all, access, region)}`);
}

const regionOf = ({ regions: [name = ''] }: Endpoint): string => name;

function instead(
  type: ServiceType,
  all: readonly Endpoint[],
  access: Pick<Access, 'interface'>,
  region: string,
): string {
  if (all.length === 0) return ` It has no service of type ${type}`;
  const places = [...new Set(all.map((one) => `${regionOf(one)} (${one.interface})`))].join(', ');
  return ` It has ${type} in ${places}, but not in ${region} (${access.interface})`;
}
