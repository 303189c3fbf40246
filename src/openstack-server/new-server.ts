/** What a request for a server must say: checked as Nova does, before anything exists. Pure. */
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { type Call, objectOf, textOf } from './call.ts';
import type { Setting } from './config.ts';
import { isUuid } from './identifier.ts';
import { checkLength, invalidInput, refusedValue } from './invalid-input.ts';
import { isAtLeast } from './microversion.ts';
import { Refusal } from './refusal.ts';
import type { ServerRecord } from './state.ts';
import { checkTag, mostTags } from './tags.ts';

type Given = 'name' | 'wantedZone' | 'flavorId' | 'imageId' | 'networkIds' | 'securityGroups' | 'keyName' | 'tags';

/** What the request decides of a server. */
export type NewServer = Pick<ServerRecord, Given | 'metadata' | 'userData' | 'groupId'>;

const known = [
  ...['name', 'imageRef', 'flavorRef', 'networks', 'security_groups', 'metadata', 'tags', 'availability_zone'],
  ...['user_data', 'key_name', 'config_drive', 'description', 'adminPass', 'OS-DCF:diskConfig'],
];
const largestUserData = 65_535;
const mostMetadata = 128;
const noSchema = 'is not valid under any of the given schemas';

/** @throws a refusal with Nova's text for the first thing that is wrong. */
export function newServerOf(call: Call, microversion: string, setting: Setting): NewServer {
  const server = call.part('server');
  const hints =
    objectOf(call.json(), 'os:scheduler_hints') ?? objectOf(call.json(), 'OS-SCH-HNT:scheduler_hints') ?? {};
  checkKeys(server, microversion);
  const name = textOf(server, 'name') ?? '';
  checkLength('name', name, 255);
  return {
    name,
    metadata: metadataOf(server['metadata'] ?? {}),
    tags: tagsOf(server['tags'] ?? []),
    userData: userDataOf(textOf(server, 'user_data')),
    groupId: groupOf(hints, setting),
    imageId: imageOf(server, setting),
    flavorId: flavorOf(server, setting),
    networkIds: networksOf(server, microversion, setting),
    securityGroups: securityGroupsOf(server['security_groups'], setting),
    wantedZone: zoneOf(textOf(server, 'availability_zone'), setting),
    keyName: keyOf(textOf(server, 'key_name'), setting),
  };
}

function checkKeys(server: JsonObject, microversion: string): void {
  for (const key of Object.keys(server)) {
    if (known.includes(key) && (key !== 'tags' || isAtLeast(microversion, '2.52'))) continue;
    throw refusedValue('server', server, `Additional properties are not allowed ('${key}' was unexpected)`);
  }
}

/** @throws 400 for a key or value that Nova does not take, 403 for too many. */
export function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) throw invalidInput('metadata', value, "is not of type 'object'");
  const entries = Object.entries(value).map(([key, item]) => {
    if (!/^[a-zA-Z0-9-_:. ]{1,255}$/.test(key)) {
      throw refusedValue('metadata', value, `'${key}' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'`);
    }
    if (typeof item !== 'string') throw invalidInput(key, item, "is not of type 'string'");
    if (item.length > 255) throw invalidInput(key, item, 'is too long');
    return [key, item] as const;
  });
  if (entries.length > mostMetadata) throw new Refusal(403, 'Maximum number of metadata items exceeds 128');
  return Object.fromEntries(entries);
}

function tagsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw invalidInput('tags', value, "is not of type 'array'");
  if (value.length > mostTags) throw invalidInput('tags', value, 'is too long');
  return [...new Set(value.map((tag, at) => checkTag(tag, at)))].sort();
}

function userDataOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length > largestUserData) throw invalidInput('user_data', text, 'is too long');
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!isBase64) throw invalidInput('user_data', text, "is not a 'base64'");
  return text;
}

function groupOf(hints: JsonObject, setting: Setting): string | undefined {
  const id = textOf(hints, 'group');
  if (id === undefined) return undefined;
  if (!isUuid(id)) throw invalidInput('group', id, "is not a 'uuid'");
  if (!setting.serverGroups.some((group) => group.id === id)) {
    throw new Refusal(400, `Instance group ${id} could not be found.`);
  }
  return id;
}

function imageOf(server: JsonObject, setting: Setting): string {
  const id = textOf(server, 'imageRef') ?? '';
  if (!isUuid(id)) throw invalidInput('imageRef', id, noSchema);
  if (!setting.images.some((image) => image.id === id)) throw new Refusal(400, 'Can not find requested image');
  return id;
}

function flavorOf(server: JsonObject, setting: Setting): string {
  const id = textOf(server, 'flavorRef') ?? '';
  if (!setting.flavors.some((flavor) => flavor.id === id)) throw new Refusal(400, `Flavor ${id} could not be found.`);
  return id;
}

/** From 2.37 on Nova does not choose a network by itself. */
function networksOf(server: JsonObject, microversion: string, setting: Setting): readonly string[] {
  const { networks: value } = server;
  if (value === 'none') return [];
  const internal = setting.networks.filter((network) => !network.isExternal).map((network) => network.id);
  if (value === 'auto') return internal.slice(0, 1);
  if (value === undefined) {
    if (isAtLeast(microversion, '2.37')) throw refusedValue('server', server, "'networks' is a required property");
    if (internal.length <= 1) return internal;
    throw new Refusal(409, 'Multiple possible networks found, use a Network ID to be more specific.');
  }
  const ids = Array.isArray(value) ? value.map((one) => (isJsonObject(one) ? textOf(one, 'uuid') : undefined)) : [''];
  return ids.map((id = '') => {
    if (!isUuid(id)) throw invalidInput('networks', value, noSchema);
    if (!setting.networks.some((one) => one.id === id)) throw new Refusal(400, `Network ${id} could not be found.`);
    return id;
  });
}

function securityGroupsOf(value: unknown, setting: Setting): readonly string[] {
  const names = Array.isArray(value) ? value.map((one) => (isJsonObject(one) ? (textOf(one, 'name') ?? '') : '')) : [];
  for (const name of names) {
    if (setting.securityGroups.includes(name)) continue;
    throw new Refusal(400, `Unable to find security_group with name or id '${name}'`);
  }
  return names.length === 0 ? ['default'] : names;
}

function zoneOf(name: string | undefined, setting: Setting): string | undefined {
  const zone = setting.zones.find((one) => one.name === name);
  if (name !== undefined && (zone === undefined || zone.isAvailable === false)) {
    throw new Refusal(400, 'The requested availability zone is not available');
  }
  return name;
}

function keyOf(name: string | undefined, setting: Setting): string | null {
  if (name !== undefined && !setting.keyPairs.includes(name)) throw new Refusal(400, 'Invalid key_name provided.');
  return name ?? null;
}
