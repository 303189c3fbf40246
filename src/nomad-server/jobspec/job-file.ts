/** A job file, HCL or its JSON syntax, to the JSON that Nomad's API takes. Source: spec jobspec.md. */
import { policyFunctions } from '../../hcl/functions.ts';
import { parseHcl, parseHclJson } from '../../hcl/parse.ts';
import type { Scope } from '../../hcl/scope.ts';
import { type Diagnostic, type Range, type Report, Source } from '../../lib/source.ts';
import type { Block, Value } from '../../schema/document.ts';
import { decodeBlock } from './decode.ts';
import { jobFileError, place, reportError } from './place.ts';
import { job as jobShape } from './shapes.ts';

export type JobFile = { readonly job: Readonly<Record<string, unknown>> } | { readonly errors: readonly string[] };

/**
 * @param name       how errors call the file; `input.hcl` through the API.
 * @param variables  the text of a variables file, `name = value` per line; names that the job file does not declare
 *                   are passed over.
 */
export function parseJobFile(name: string, text: string, variables = ''): JobFile {
  const found: Diagnostic[] = [];
  const report: Report = (diagnostic) => found.push(diagnostic);
  const job = readJob(new Source(name, text), new Source('variables', variables), report);
  const errors = found.filter(({ severity }) => severity === 'error').map(jobFileError);
  return job !== undefined && errors.length === 0 ? { job } : { errors };
}

function readJob(source: Source, variablesFile: Source, report: Report) {
  const variables = new Map<string, Value>([
    ['var', {}],
    ['local', {}],
  ]);
  // What only the node or the task knows stays as it is written: ${node.class}, ${NOMAD_PORT_http}.
  const scope: Scope = { variables, functions: policyFunctions, passesThrough: (root) => !variables.has(root) };
  const { body, diagnostics } = (source.text.trimStart().startsWith('{') ? parseHclJson : parseHcl)(source, scope);
  diagnostics.forEach(report);
  if (diagnostics.length > 0) return undefined;
  const { blocks } = body.content(
    {
      attributes: [],
      blocks: [
        { type: 'job', labels: ['name'] },
        { type: 'variable', labels: ['name'] },
        { type: 'variables', labels: [] },
        { type: 'locals', labels: [] },
      ],
    },
    report,
  );
  const values = inputs(blocks, assigned(variablesFile, report), report);
  if (values === undefined) return undefined;
  variables.set('var', values);
  variables.set('local', {});
  resolveLocals(blocks, variables, report);
  const [job, second] = blocks.filter(({ type }) => type === 'job');
  if (job === undefined)
    return void reportError(report, 'Missing job block', 'A job block is required', wholeOf(source));
  if (second !== undefined) {
    const at = place(job.range);
    reportError(
      report,
      'Duplicate job block',
      `Only one block of type "job" is allowed. Previous definition was at ${at}.`,
      second.range,
    );
  }
  return finished(decodeBlock(jobShape, job, report));
}

/** The values of the declared variables: the default, or what the variables file says. @returns undefined when one has none. */
function inputs(blocks: readonly Block[], given: ReadonlyMap<string, Value>, report: Report) {
  const values: Record<string, Value> = {};
  let isComplete = true;
  for (const block of blocks) {
    if (block.type === 'variables') {
      for (const one of block.body.attributes(report))
        values[one.name] = given.get(one.name) ?? one.evaluate(report) ?? null;
    }
    if (block.type !== 'variable') continue;
    const name = block.labels[0] ?? '';
    const shape = {
      attributes: ['type', 'default', 'description', 'sensitive'],
      blocks: [{ type: 'validation', labels: [] }],
    };
    const byDefault = block.body.content(shape, report).attributes.get('default')?.evaluate(report);
    const value = given.get(name) ?? byDefault;
    if (value !== undefined) values[name] = value;
    else {
      isComplete = false;
      unset(name, report);
    }
  }
  return isComplete ? values : undefined;
}

function unset(name: string, report: Report): void {
  const help = 'see https://developer.hashicorp.com/nomad/docs/reference/hcl2/variables  for details.';
  const detail = `A used variable must be set or have a default value; ${help}`;
  reportError(report, `Unset variable "${name}"`, detail, undefined);
}

function assigned(file: Source, report: Report): ReadonlyMap<string, Value> {
  const { body, diagnostics } = parseHcl(file);
  diagnostics.forEach(report);
  return new Map(body.attributes(report).map((one) => [one.name, one.evaluate(report) ?? null]));
}

/** Locals may refer to each other in any order: those that can be told are, until nothing more can. */
function resolveLocals(blocks: readonly Block[], variables: Map<string, Value>, report: Report): void {
  let open = blocks.filter(({ type }) => type === 'locals').flatMap(({ body }) => body.attributes(report));
  const values: Record<string, Value> = {};
  while (open.length > 0) {
    const left = open.filter((one) => {
      const value = one.evaluate(() => undefined);
      if (value !== undefined) values[one.name] = value;
      return value === undefined;
    });
    variables.set('local', { ...values });
    if (left.length === open.length) {
      for (const one of left) one.evaluate(report);
      return;
    }
    open = left;
  }
}

/** What groups and tasks take from the job: tasks of its own become groups, and its vault block goes to every task. */
function finished(made: Record<string, unknown>): Record<string, unknown> {
  const { task: tasks, vault, ...job } = made;
  job['Name'] ??= job['ID'];
  const single = ((tasks ?? []) as readonly Record<string, unknown>[]).map((one) => groupOf(one));
  const groups = [...single, ...((job['TaskGroups'] ?? []) as readonly Record<string, unknown>[])];
  if (vault !== null && vault !== undefined) {
    for (const group of groups) {
      for (const one of (group['Tasks'] ?? []) as Record<string, unknown>[]) one['Vault'] ??= vault;
    }
  }
  job['TaskGroups'] = groups.length > 0 ? groups : null;
  return job;
}

function groupOf(task: Record<string, unknown>): Record<string, unknown> {
  const empty = [
    ...['Affinities', 'Constraints', 'Consul', 'Disconnect', 'EphemeralDisk', 'MaxClientDisconnect', 'MaxRunDuration'],
    ...['Meta', 'Migrate', 'Networks', 'PreventRescheduleOnLost', 'ReschedulePolicy', 'RestartPolicy', 'Scaling'],
    ...['Services', 'ShutdownDelay', 'Spreads', 'StopAfterClientDisconnect', 'Update', 'Volumes'],
  ];
  return { ...Object.fromEntries(empty.map((key) => [key, null])), Name: task['Name'], Count: null, Tasks: [task] };
}

const wholeOf = (source: Source): Range => ({ source, start: 0, end: 0 });
