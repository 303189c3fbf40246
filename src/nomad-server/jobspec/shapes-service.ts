/** What jobs offer to others, and how it is checked. Source: spec jobspec.md §7. */
import { block, blocks, duration, flag, free, map, number, type Shape, text, texts } from './shape.ts';
import { connect } from './shapes-connect.ts';
import { identity } from './shapes-task.ts';

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
    advertise: text('Advertise'),
    success_before_passing: number('SuccessBeforePassing', 0),
    failures_before_critical: number('FailuresBeforeCritical', 0),
    failures_before_warning: number('FailuresBeforeWarning', 0),
    tls_server_name: text('TLSServerName'),
    tls_skip_verify: flag('TLSSkipVerify', false),
    grpc_service: text('GRPCService'),
    grpc_use_tls: flag('GRPCUseTLS', false),
    check_restart: checkRestart,
  },
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
    connect: block('Connect', connect),
    identity: block('Identity', identity),
  },
};
