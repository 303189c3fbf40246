/** Submitted services as Nomad stores them. Compat: spec jobspec.md §7, recorded in the stored jobs. */
import type { Constraint, Opaque } from '../../nomad/types.ts';
import type { Input } from './input.ts';
import { checkRestart, connect } from './library-defaults.ts';

/** Whose services they are. */
export interface ServiceOwner {
  /** What one without a name is called: `<job>-<group>`, of a task `<job>-<group>-<task>`. */
  readonly name: string;
  readonly namespace: string;
}

export function services(input: Input, owner: ServiceOwner): readonly Opaque[] | null {
  return input.each('Services', (one) => service(one, owner));
}

function service(input: Input, owner: ServiceOwner): Opaque {
  const name = input.text('Name') || owner.name;
  const onUpdate = input.text('OnUpdate') || 'require_healthy';
  return {
    ...{ Name: name, PortLabel: input.text('PortLabel'), Provider: input.text('Provider') || 'consul' },
    ...{ Address: input.text('Address'), AddressMode: input.text('AddressMode') || 'auto' },
    ...{ Namespace: owner.namespace, Cluster: input.text('Cluster') || 'default', Kind: input.text('Kind') },
    ...{ Tags: input.texts('Tags'), CanaryTags: input.texts('CanaryTags') },
    ...{ Meta: input.strings('Meta'), CanaryMeta: input.strings('CanaryMeta') },
    TaggedAddresses: input.strings('TaggedAddresses'),
    ...{ EnableTagOverride: input.flag('EnableTagOverride'), OnUpdate: onUpdate, TaskName: input.text('TaskName') },
    Checks: input.each('Checks', (one) => check(one, name, onUpdate, input.opaque('CheckRestart'))),
    ...{
      Connect: connect(input.opaque('Connect')),
      Identity: input.opaque('Identity'),
      Weights: input.opaque('Weights'),
    },
  };
}

function check(input: Input, service: string, onUpdate: string, restart: Opaque | null): Opaque {
  return {
    ...{ Name: input.text('Name') || `service: "${service}" check`, Type: input.text('Type') },
    ...{ Command: input.text('Command'), Args: input.texts('Args'), Path: input.text('Path') },
    ...{ Protocol: input.text('Protocol'), Method: input.text('Method'), Body: input.text('Body') },
    ...{ Header: input.opaque('Header'), Interval: input.number('Interval'), Timeout: input.number('Timeout') },
    ...{ PortLabel: input.text('PortLabel'), AddressMode: input.text('AddressMode'), Expose: input.flag('Expose') },
    ...{ Advertise: input.text('Advertise'), Notes: input.text('Notes'), InitialStatus: input.text('InitialStatus') },
    ...{ TaskName: input.text('TaskName'), OnUpdate: input.text('OnUpdate') || onUpdate },
    ...{ TLSServerName: input.text('TLSServerName'), TLSSkipVerify: input.flag('TLSSkipVerify') },
    ...{ GRPCService: input.text('GRPCService'), GRPCUseTLS: input.flag('GRPCUseTLS') },
    SuccessBeforePassing: input.number('SuccessBeforePassing'),
    FailuresBeforeCritical: input.number('FailuresBeforeCritical'),
    FailuresBeforeWarning: input.number('FailuresBeforeWarning'),
    CheckRestart: checkRestart(restart, input.opaque('CheckRestart')),
  };
}

const discovery: Constraint = { LTarget: '$' + '{attr.nomad.service_discovery}', RTarget: 'true', Operand: '=' };

/** Nomad's own services want a client that offers them. @returns those constraints, and this one where it is needed. */
export function withDiscovery(
  constraints: readonly Constraint[] | null,
  services: readonly Opaque[],
): readonly Constraint[] | null {
  const isNeeded = services.some((one) => one['Provider'] === 'nomad');
  const isThere = constraints?.some(({ LTarget }) => LTarget === discovery.LTarget) ?? false;
  return isNeeded && !isThere ? [...(constraints ?? []), discovery] : constraints;
}
