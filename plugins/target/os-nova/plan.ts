/** What new servers of a pool are made of. Source: spec os-nova.md §7.1, §7.3, §7.4. */
import { readFile } from 'node:fs/promises';
import { explain, inContext, nodeCode, usageError } from 'nomad-autoscaler/sdk';
import { needs } from './advice.ts';
import type { NewServer } from './cloud.ts';
import { readMetadata, splitList, splitNames } from './lists.ts';
import { type Extras, newMarks } from './mark.ts';
import { serverName, shortUuid } from './names.ts';
import { balancerOf } from './settings.ts';
import { renderTemplate } from './template/render.ts';
import { encodeUserData } from './template/user-data.ts';
import type { Work } from './work.ts';

/** The same for all servers of one scaling. */
export interface CreationPlan {
  readonly server: Omit<NewServer, 'name' | 'zone' | 'userData'>;
  readonly extras: Extras;
  readonly template: Template | undefined;
}

interface Template {
  readonly file: string;
  readonly source: string;
}

/** @throws `invalid_config`, `name_not_unique` (usage); what the cloud refuses. Compat: order and texts. */
export async function planCreation(work: Work, signal: AbortSignal): Promise<CreationPlan> {
  const { config, tag, parts, lookups } = work;
  const { valueSeparator: separator } = config;
  serverName(config, ''); // throws when there can be no name
  const imageId = await imageOf(work, signal);
  const flavorId = await flavorOf(work, signal);
  const networkIds = await networksOf(work, signal);
  const floatingNetwork = await floatingNetworkOf(work, signal);
  const securityGroups = splitList(config.securityGroups, separator);
  await Promise.all(
    securityGroups.filter((group) => !uuid.test(group)).map((group) => lookups.checkGroup(group, signal)),
  );
  const { values, broken } = readMetadata(splitList(config.metadata, separator));
  for (const element of broken) parts.log.warn('metadata value is not correctly provided', { element });
  const template = await templateOf(config.userDataTemplate);
  const balancer = balancerOf(config, work.settings.balancer);
  const extras = { ...(floatingNetwork !== undefined && { floatingNetwork }), ...(balancer && { balancer }) };
  const { serverGroupId: groupId } = config;
  if (groupId !== undefined && !groupForm.test(groupId)) {
    throw usageError('invalid_config', 'failed to create server: Group must be a UUID');
  }
  return {
    server: {
      ...{ imageId, flavorId, networkIds },
      securityGroups,
      metadata: { ...values, ...newMarks(config.poolName, extras) },
      tags: [...splitList(config.tags, separator), tag],
      ...(groupId !== undefined && { groupId }),
    },
    extras,
    template,
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const groupForm = /^[a-z0-9]{8}-[a-z0-9]{4}-[1-5][a-z0-9]{3}-[a-z0-9]{4}-[a-z0-9]{12}$/;

/** One server of the plan. @throws `invalid_config` (usage) for a template that does not work. */
export function serverOf({ server, template }: CreationPlan, { config }: Work, uuid: string, zone?: string): NewServer {
  const name = serverName(config, uuid);
  const fields = {
    Name: name,
    AZ: zone ?? '',
    RandomUUID: uuid,
    ShortRandomUUID: shortUuid(uuid),
    PoolName: config.poolName,
  };
  return {
    ...{ ...server, name },
    ...(zone !== undefined && { zone }),
    ...(template && { userData: userDataOf(template, fields) }),
  };
}

function imageOf({ config: { imageId, imageName }, lookups }: Work, signal: AbortSignal): Promise<string> | string {
  if (imageId !== undefined) return imageId;
  if (imageName !== undefined) return lookups.image(imageName, signal);
  throw usageError('invalid_config', needs.image);
}

function flavorOf({ config: { flavorId, flavorName }, lookups }: Work, signal: AbortSignal): Promise<string> | string {
  if (flavorId !== undefined) return flavorId;
  if (flavorName !== undefined) return lookups.flavor(flavorName, signal);
  throw usageError('invalid_config', needs.flavor);
}

/** The first of the four keys that says something. */
async function networksOf({ config, lookups }: Work, signal: AbortSignal): Promise<readonly string[]> {
  const { networkId, networkName, valueSeparator: separator } = config;
  const ids = splitNames(config.networkIds, separator);
  if (ids.length > 0) return ids;
  const names = splitNames(config.networkNames, separator);
  if (names.length > 0) return Promise.all(names.map((name) => lookups.network(name, signal)));
  if (networkId !== undefined) return [networkId];
  if (networkName !== undefined) return [await lookups.network(networkName, signal)];
  throw usageError('invalid_config', needs.network);
}

async function floatingNetworkOf({ config, lookups }: Work, signal: AbortSignal): Promise<string | undefined> {
  const name = config.floatingipPoolName?.trim();
  return name ? lookups.externalNetwork(name, signal) : undefined;
}

async function templateOf(file: string | undefined): Promise<Template | undefined> {
  if (file === undefined) return undefined;
  try {
    return { file, source: await readFile(file, 'utf8') };
  } catch (error) {
    const why = nodeCode(error) === 'ENOENT' ? `stat ${file}: no such file or directory` : explain(error);
    throw usageError('invalid_config', `error with provided template file: ${why}`);
  }
}

function userDataOf({ file, source }: Template, fields: Readonly<Record<string, string>>): string {
  try {
    return encodeUserData(renderTemplate(source, file, fields));
  } catch (cause) {
    throw inContext('failed to initialize server options', cause);
  }
}
