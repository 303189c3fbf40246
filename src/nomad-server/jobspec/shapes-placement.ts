/** Blocks that stand in jobs, groups and tasks alike. Source: spec jobspec.md §4–7. */
import { block, blocks, flag, free, map, number, type Shape, text, texts } from './shape.ts';

/** Arguments that set operand and value in one word: `regexp = "^amd"`. */
const shorthands = [
  ...['version', 'semver', 'regexp', 'set_contains', 'set_contains_any', 'set_contains_all'],
  ...['distinct_hosts', 'distinct_property'],
];

/** The value of `distinct_property` is the attribute; how many may share it stands in `value`. */
function takeShorthand(made: Record<string, unknown>): undefined {
  for (const name of shorthands) {
    const value = made[name];
    delete made[name];
    if (value === null || value === undefined) continue;
    made['Operand'] = name;
    made[name === 'distinct_property' ? 'LTarget' : 'RTarget'] = value;
  }
}

const relation = {
  attribute: text('LTarget'),
  value: text('RTarget'),
  operator: text('Operand', '='),
  ...Object.fromEntries(shorthands.map((name) => [name, text(name, null)])),
};

export const constraint: Shape = { items: relation, finish: takeShorthand };

export const affinity: Shape = { items: { ...relation, weight: number('Weight') }, finish: takeShorthand };

export const spread: Shape = {
  items: {
    attribute: text('Attribute'),
    weight: number('Weight'),
    target: blocks('SpreadTarget', { label: 'Value', items: { percent: number('Percent', 0) } }),
  },
};

export const network: Shape = {
  items: {
    mode: text('Mode'),
    hostname: text('Hostname'),
    mbits: number('MBits'),
    device: text('Device'),
    cidr: text('CIDR'),
    ip: text('IP'),
    dns: block('DNS', { items: { servers: texts('Servers'), searches: texts('Searches'), options: texts('Options') } }),
    cni: block('CNI', { items: { args: map('Args') } }),
    port: blocks('DynamicPorts', {
      label: 'Label',
      items: {
        static: number('Value', 0),
        to: number('To', 0),
        host_network: text('HostNetwork'),
        ignore_collision: flag('IgnoreCollision', false),
      },
    }),
  },
  fixed: { ReservedPorts: null },
  finish(made) {
    const ports = (made['DynamicPorts'] as readonly { readonly Value: number }[] | null) ?? [];
    const reserved = ports.filter(({ Value }) => Value > 0);
    const dynamic = ports.filter(({ Value }) => Value <= 0);
    made['ReservedPorts'] = reserved.length > 0 ? reserved : null;
    made['DynamicPorts'] = dynamic.length > 0 ? dynamic : null;
    return undefined;
  },
};

const scalingFixed = { ID: '', Namespace: '', Target: null, CreateIndex: 0, ModifyIndex: 0 };

export const scaling: Shape = {
  items: {
    enabled: flag('Enabled'),
    min: number('Min'),
    max: number('Max'),
    type: text('Type', 'horizontal'),
    policy: free('Policy'),
  },
  required: ['max'],
  fixed: scalingFixed,
};

export const taskScaling: Shape = {
  label: 'Type',
  items: { enabled: flag('Enabled'), min: number('Min'), max: number('Max'), policy: free('Policy') },
  fixed: scalingFixed,
  finish(made) {
    const type = { cpu: 'vertical_cpu', mem: 'vertical_mem' }[String(made['Type'])];
    if (type === undefined) {
      return { summary: 'Invalid scaling policy name', detail: 'scaling policy name must be "cpu" or "mem"' };
    }
    made['Type'] = type;
    return undefined;
  },
};
