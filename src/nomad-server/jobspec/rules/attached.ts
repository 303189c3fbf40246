/** What is wrong with networks, services, volumes, templates and artifacts. Source: spec jobspec.md §8. */
import type { Opaque, TaskGroup } from '../../../nomad/types.ts';
import { Input } from '../input.ts';
import { inside, when } from './problems.ts';

const mostPort = 65_535;

export function networkRules({ Networks }: TaskGroup): readonly string[] {
  const problems: string[] = [];
  const labels = new Map<string, string>();
  const statics = new Map<number, string>();
  for (const { ReservedPorts, DynamicPorts } of Networks ?? []) {
    for (const { Label, Value = 0, To = 0 } of [...(ReservedPorts ?? []), ...(DynamicPorts ?? [])]) {
      const owner = labels.get(Label);
      if (owner === undefined) labels.set(Label, 'taskgroup network');
      else problems.push(`Port label ${Label} already in use by ${owner}`);
      const reserved = Value > 0 ? statics.get(Value) : undefined;
      if (Value > mostPort) problems.push(`Port ${Label} (${Value}) cannot be greater than ${mostPort}`);
      else if (reserved !== undefined) problems.push(`Static port ${Value} already reserved by ${reserved}`);
      else if (Value > 0) statics.set(Value, `taskgroup network:${Label}`);
      const mapped = `Port "${Label}" cannot be mapped to a port (${To}) greater than ${mostPort}`;
      problems.push(...when(To > mostPort, mapped));
    }
  }
  return problems;
}

const serviceName = /^(?:[a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9])$/i;
const checkTypes = { nomad: ['tcp', 'http'], consul: ['tcp', 'http', 'grpc', 'script'] };

export function servicesRules(services: readonly Opaque[] | null): readonly string[] {
  return (services ?? []).flatMap((one, at) => {
    const service = new Input(one);
    return inside(`Service[${at}] ${service.text('Name')} validation failed: `, serviceRules(service));
  });
}

function serviceRules(service: Input): readonly string[] {
  const name = service.text('Name');
  const provider = service.text('Provider') || 'consul';
  // What the client fills in may become a good name.
  const isName = name === '' || name.includes('${') || serviceName.test(name);
  const naming = 'Service name must be valid per RFC 1123 and can contain only alphanumeric characters or dashes';
  const types = provider === 'nomad' ? checkTypes.nomad : checkTypes.consul;
  const checks = service.each('Checks', (check) => check.text('Type')) ?? [];
  return [
    ...when(!isName, `${naming} and must be no longer than 63 characters: "${name}"`),
    ...when(
      provider !== 'consul' && provider !== 'nomad',
      `Service provider must be "consul", or "nomad"; not "${provider}"`,
    ),
    ...checks.flatMap((type) =>
      when(!types.includes(type), `invalid check type ("${type}"), must be one of ${types.join(', ')}`),
    ),
  ];
}

export function volumeRules({ Volumes }: TaskGroup): readonly string[] {
  return Object.entries(Volumes ?? {}).flatMap(([name, volume]) =>
    inside(
      `Task group volume validation for ${name} failed: `,
      when(new Input(volume).text('Source') === '', 'volume has an empty source'),
    ),
  );
}

const templateModes = ['noop', 'signal', 'script', 'restart'];

export function templateRules(template: Opaque): readonly string[] {
  const input = new Input(template);
  const destination = input.text('DestPath');
  const mode = input.text('ChangeMode') || 'restart';
  return [
    ...when(destination === '', 'Must specify a destination for the template'),
    ...when(escapes(destination), 'destination escapes allocation directory'),
    ...when(
      !templateModes.includes(mode),
      `Invalid change mode. Must be one of the following: ${templateModes.join(', ')}`,
    ),
  ];
}

export function artifactRules(artifact: Opaque): readonly string[] {
  const input = new Input(artifact);
  return [
    ...when(input.text('GetterSource') === '', 'source must be specified'),
    ...when(escapes(input.text('RelativeDest')), 'destination escapes allocation directory'),
  ];
}

/** A path from the task's directory, which is one below the allocation's. */
function escapes(path: string): boolean {
  let depth = 1;
  for (const part of path.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}
