/** What tasks need, and what they write. Source: spec jobspec.md §7. */
import { block, blocks, flag, number, type Shape, text, texts } from './shape.ts';
import { affinity, constraint, network } from './shapes-placement.ts';

export const resources: Shape = {
  items: {
    cpu: number('CPU'),
    cores: number('Cores'),
    memory: number('MemoryMB'),
    memory_max: number('MemoryMaxMB'),
    disk: number('DiskMB'),
    secrets: number('SecretsMB'),
    iops: number('IOPS'),
    network: blocks('Networks', network),
    device: blocks('Devices', {
      label: 'Name',
      items: {
        count: number('Count'),
        constraint: blocks('Constraints', constraint),
        affinity: blocks('Affinities', affinity),
      },
    }),
    numa: block('NUMA', { items: { affinity: text('Affinity'), devices: texts('Devices') } }),
  },
};

export const logs: Shape = {
  items: {
    max_files: number('MaxFiles'),
    max_file_size: number('MaxFileSizeMB'),
    disabled: flag('Disabled'),
    enabled: flag('Enabled'),
  },
};

export const volumeMount: Shape = {
  items: {
    volume: text('Volume', null),
    destination: text('Destination', null),
    read_only: flag('ReadOnly'),
    propagation_mode: text('PropagationMode', null),
    selinux_label: text('SELinuxLabel', null),
  },
};
