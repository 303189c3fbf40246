/** Blocks that stand in jobs, groups and tasks alike. Source: spec jobspec.md §4–7. */
import { block, blocks, duration, flag, free, map, number, type Shape, text, texts } from './shape.ts';

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

const checkRestart = block('CheckRestart', {
  items: { limit: number('Limit', 0), grace: duration('Grace'), ignore_warnings: flag('IgnoreWarnings', false) },
});

const check: Shape = {
  items: {
    type: text('Type'),
    name: text('Name'),
    path: text('Path'),
    method: text('Method'),
    protocol: text('Protocol'),
    port: text('PortLabel'),
    interval: duration('Interval', 0),
    timeout: duration('Timeout', 0),
    command: text('Command'),
    args: texts('Args'),
    header: free('Header'),
    body: text('Body'),
    expose: flag('Expose', false),
    address_mode: text('AddressMode'),
    initial_status: text('InitialStatus'),
    task: text('TaskName'),
    on_update: text('OnUpdate'),
    notes: text('Notes'),
    success_before_passing: number('SuccessBeforePassing', 0),
    failures_before_critical: number('FailuresBeforeCritical', 0),
    failures_before_warning: number('FailuresBeforeWarning', 0),
    tls_server_name: text('TLSServerName'),
    tls_skip_verify: flag('TLSSkipVerify', false),
    grpc_service: text('GRPCService'),
    grpc_use_tls: flag('GRPCUseTLS', false),
    check_restart: checkRestart,
  },
  fixed: { Advertise: '' },
};

export const service: Shape = {
  items: {
    name: text('Name'),
    port: text('PortLabel'),
    tags: texts('Tags'),
    canary_tags: texts('CanaryTags'),
    provider: text('Provider'),
    address_mode: text('AddressMode'),
    address: text('Address'),
    meta: map('Meta'),
    canary_meta: map('CanaryMeta'),
    tagged_addresses: map('TaggedAddresses'),
    enable_tag_override: flag('EnableTagOverride', false),
    on_update: text('OnUpdate'),
    task: text('TaskName'),
    kind: text('Kind'),
    cluster: text('Cluster'),
    weights: block('Weights', { items: { passing: number('Passing', 0), warning: number('Warning', 0) } }),
    check: blocks('Checks', check),
    check_restart: checkRestart,
    connect: free('Connect'),
  },
  fixed: { Identity: null },
};
