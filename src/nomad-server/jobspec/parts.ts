/** The blocks that jobs, groups and tasks share, with their defaults. Compat: spec nomad-api.md §4.2, §4.4, §4.5. */
import type {
  Affinity,
  Constraint,
  MigrateStrategy,
  NetworkResource,
  Port,
  ReschedulePolicy,
  RestartPolicy,
  Spread,
  UpdateStrategy,
} from '../../nomad/types.ts';
import type { Input } from './input.ts';

const second = 1_000_000_000;
const minute = 60 * second;
const hour = 60 * minute;

function constraint(input: Input): Constraint {
  return {
    LTarget: input.text('LTarget'),
    RTarget: input.text('RTarget'),
    Operand: input.text('Operand'),
  };
}

export function constraints(input: Input): readonly Constraint[] | null {
  return input.each('Constraints', constraint);
}

export function affinities(input: Input): readonly Affinity[] | null {
  return input.each('Affinities', (one) => ({ ...constraint(one), Weight: one.number('Weight', 50) }));
}

export function spreads(input: Input): readonly Spread[] | null {
  return input.each('Spreads', (one) => ({
    Attribute: one.text('Attribute'),
    Weight: one.number('Weight', 50),
    SpreadTarget: one.each('SpreadTarget', (target) => ({
      Value: target.text('Value'),
      Percent: target.number('Percent'),
    })),
  }));
}

/** Looks in one block, then in that of the job, then takes the default. */
function layered(own: Input | undefined, job: Input | undefined) {
  const layer = (name: string) => (own?.has(name) ? own : job?.has(name) ? job : undefined);
  return {
    number: (name: string, byDefault: number) => layer(name)?.number(name) ?? byDefault,
    text: (name: string, byDefault: string) => layer(name)?.text(name) || byDefault,
    flag: (name: string, byDefault: boolean) => layer(name)?.flag(name) ?? byDefault,
  };
}

export function migrateOf(own: Input | undefined, job: Input | undefined): MigrateStrategy {
  const from = layered(own, job);
  return {
    MaxParallel: from.number('MaxParallel', 1),
    HealthCheck: from.text('HealthCheck', 'checks'),
    MinHealthyTime: from.number('MinHealthyTime', 10 * second),
    HealthyDeadline: from.number('HealthyDeadline', 5 * minute),
  };
}

export function updateOf(own: Input | undefined, job: Input | undefined): UpdateStrategy {
  const from = layered(own, job);
  return {
    Stagger: from.number('Stagger', 30 * second),
    ...migrateOf(own, job),
    ProgressDeadline: from.number('ProgressDeadline', 10 * minute),
    AutoRevert: from.flag('AutoRevert', false),
    AutoPromote: from.flag('AutoPromote', false),
    Canary: from.number('Canary', 0),
  };
}

/** @param isLong  service and system jobs; the others may try longer. */
export function restartOf(own: Input | undefined, isLong: boolean): RestartPolicy {
  return {
    Attempts: own?.number('Attempts', isLong ? 2 : 3) ?? (isLong ? 2 : 3),
    Interval: own?.number('Interval', isLong ? 30 * minute : 24 * hour) ?? (isLong ? 30 * minute : 24 * hour),
    Delay: own?.number('Delay', 15 * second) ?? 15 * second,
    Mode: own?.text('Mode') || 'fail',
    RenderTemplates: own?.flag('RenderTemplates') ?? false,
  };
}

export function rescheduleOf(own: Input | undefined, job: Input | undefined, type: string): ReschedulePolicy {
  const from = layered(own, job);
  const isBatch = type === 'batch';
  return {
    Attempts: from.number('Attempts', isBatch ? 1 : 0),
    Interval: from.number('Interval', isBatch ? 24 * hour : 0),
    Delay: from.number('Delay', isBatch ? 5 * second : 30 * second),
    DelayFunction: from.text('DelayFunction', isBatch ? 'constant' : 'exponential'),
    MaxDelay: from.number('MaxDelay', isBatch ? 0 : hour),
    Unlimited: from.flag('Unlimited', !isBatch),
  };
}

export function networks(input: Input): readonly NetworkResource[] | null {
  return input.each('Networks', (one) => {
    const reserved = ports(one, 'ReservedPorts');
    const dynamic = ports(one, 'DynamicPorts');
    const dns = one.opaque('DNS');
    return {
      ...textOrNothing(one, 'Mode'),
      ...textOrNothing(one, 'Device'),
      ...textOrNothing(one, 'CIDR'),
      ...textOrNothing(one, 'IP'),
      ...textOrNothing(one, 'Hostname'),
      ...(one.number('MBits') > 0 ? { MBits: one.number('MBits') } : {}),
      ...(dns === null ? {} : { DNS: dns }),
      ...(reserved.length > 0 ? { ReservedPorts: reserved } : {}),
      ...(dynamic.length > 0 ? { DynamicPorts: dynamic } : {}),
    };
  });
}

function textOrNothing(input: Input, name: string): Readonly<Record<string, string>> {
  const text = input.text(name);
  return text === '' ? {} : { [name]: text };
}

function ports(input: Input, name: string): readonly Port[] {
  return (
    input.each(name, (one) => ({
      Label: one.text('Label'),
      ...(one.number('Value') > 0 ? { Value: one.number('Value') } : {}),
      ...(one.number('To') === 0 ? {} : { To: one.number('To') }),
      HostNetwork: one.text('HostNetwork') || 'default',
      ...(one.flag('IgnoreCollision') ? { IgnoreCollision: true } : {}),
    })) ?? []
  );
}
