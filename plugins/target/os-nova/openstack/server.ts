/** Servers as Nova's JSON, both ways. Pure. */
import type { NewServer, Server, ServerPort } from '../cloud.ts';
import type { Part } from './answer.ts';

export function readServer(json: Part): Server {
  return {
    id: json.text('id'),
    name: json.text('name'),
    status: json.text('status'),
    taskState: json.textOrNull('OS-EXT-STS:task_state') || undefined,
    zone: json.textOrNull('OS-EXT-AZ:availability_zone'),
    tags: json.texts('tags'),
    metadata: json.textMap('metadata'),
    fault: json.has('fault') ? json.part('fault').optionalText('message')?.trim() : undefined,
    createdAt: json.time('created'),
    updatedAt: json.time('updated'),
    accessIPv4: json.optionalText('accessIPv4') ?? '',
  };
}

export function readPort(json: Part): ServerPort {
  return {
    portId: json.text('port_id'),
    networkId: json.text('net_id'),
    fixedIps: json
      .parts('fixed_ips', 'address of a port')
      .map((ip) => ({ subnetId: ip.text('subnet_id'), address: ip.text('ip_address') })),
  };
}

/** The body of `POST /servers`. What is empty is left out. Compat: upstream's body, golden autoscaler seed 02. */
export function newServerBody(server: NewServer): object {
  const { networkIds, securityGroups, metadata, tags, groupId } = server;
  return {
    server: {
      name: server.name,
      imageRef: server.imageId,
      flavorRef: server.flavorId,
      ...(networkIds.length > 0 && { networks: networkIds.map((uuid) => ({ uuid })) }),
      ...(securityGroups.length > 0 && { security_groups: securityGroups.map((name) => ({ name })) }),
      ...(Object.keys(metadata).length > 0 && { metadata }),
      ...(tags.length > 0 && { tags }),
      ...(server.zone !== undefined && { availability_zone: server.zone }),
      ...(server.userData !== undefined && { user_data: server.userData }),
    },
    ...(groupId !== undefined && { 'os:scheduler_hints': { group: groupId } }),
  };
}
