/** A file that describes a namespace. */
import { readHclFile, textOf, textsOf } from '../text/hcl-file.ts';

/** @throws CommandFailure with what is wrong and where. */
export function readNamespaceFile(path: string, text: string) {
  const known = ['name', 'description', 'quota'];
  const { attributes, blocks } = readHclFile(path, text, known, ['meta', 'capabilities']);
  const lists = blocks['capabilities'];
  return {
    Name: textOf(attributes['name']),
    Description: textOf(attributes['description']),
    Quota: textOf(attributes['quota']),
    Meta: textsOf(blocks['meta']),
    Capabilities:
      lists === undefined
        ? null
        : {
            EnabledTaskDrivers: lists['enabled_task_drivers'] ?? null,
            DisabledTaskDrivers: lists['disabled_task_drivers'] ?? null,
            EnabledNetworkModes: lists['enabled_network_modes'] ?? null,
            DisabledNetworkModes: lists['disabled_network_modes'] ?? null,
          },
  };
}
