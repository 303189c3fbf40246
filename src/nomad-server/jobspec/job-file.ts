/** A job file, HCL or its JSON syntax, to the JSON that Nomad's API takes. Source: spec jobspec.md. */
import { parseHcl, parseHclJson } from '../../hcl/parse.ts';
import type { Scope } from '../../hcl/scope.ts';
import { type Diagnostic, type Range, type Report, Source } from '../../lib/source.ts';
import type { BodyShape, Value } from '../../schema/document.ts';
import { decodeBlock } from './decode.ts';
import { jobFunctions } from './functions/table.ts';
import { modernised } from './older-forms.ts';
import { jobFileError, place, reportError } from './place.ts';
import { job as jobShape } from './shapes.ts';
import { type JobInputs, readLocals, readVariables } from './variables.ts';

export type JobFile =
  /** The warnings are of what is allowed, and hardly meant. */
  | { readonly job: Readonly<Record<string, unknown>>; readonly warnings: readonly string[] }
  | { readonly errors: readonly string[] };

/**
 * @param name      how errors call the file; `input.hcl` through the API.
 * @param isLegacy  what walkthroughs of old have, and no parser takes any more, is let through with a warning.
 */
export function parseJobFile(name: string, text: string, inputs: JobInputs = {}, isLegacy = false): JobFile {
  const read = parseStrictly(name, text, inputs);
  const newer = isLegacy ? modernised(text, !('job' in read)) : undefined;
  if (newer === undefined) return read;
  const again = parseStrictly(name, newer.text, inputs);
  return 'job' in again ? { job: again.job, warnings: [...again.warnings, ...newer.warnings] } : read;
}

function parseStrictly(name: string, text: string, inputs: JobInputs): JobFile {
  const found: Diagnostic[] = [];
  const report: Report = (diagnostic) => found.push(diagnostic);
  const job = readJob(new Source(name, text), inputs, report);
  const texts = (wanted: Diagnostic['severity']) =>
    found.filter(({ severity }) => severity === wanted).map(jobFileError);
  const errors = texts('error');
  return job !== undefined && errors.length === 0 ? { job, warnings: texts('warning') } : { errors };
}

const topLevel: BodyShape = {
  attributes: [],
  blocks: [
    { type: 'job', labels: ['name'] },
    { type: 'variable', labels: ['name'] },
    { type: 'variables', labels: [] },
    { type: 'locals', labels: [] },
  ],
};

function readJob(source: Source, inputs: JobInputs, report: Report) {
  const variables = new Map<string, Value>([
    ['var', {}],
    ['local', {}],
  ]);
  // What only the node or the task knows stays as it is written: ${node.class}, ${NOMAD_PORT_http}.
  const scope: Scope = { variables, functions: jobFunctions, passesThrough: (root) => !variables.has(root) };
  const { body, diagnostics, warnings } = (source.text.trimStart().startsWith('{') ? parseHclJson : parseHcl)(
    source,
    scope,
  );
  const [first] = diagnostics;
  if (first !== undefined) return void report(first); // the others follow from it
  warnings.forEach(report);
  const { blocks } = body.content(topLevel, report);
  if (!readVariables(blocks, inputs, variables, report)) return undefined;
  readLocals(blocks, variables, report);
  const [job, second] = blocks.filter(({ type }) => type === 'job');
  if (job === undefined)
    return void reportError(report, 'Missing job block', 'A job block is required', wholeOf(source));
  if (second !== undefined) {
    const at = place(job.range);
    const detail = `Only one block of type "job" is allowed. Previous definition was at ${at}.`;
    reportError(report, 'Duplicate job block', detail, second.range);
  }
  return finished(decodeBlock(jobShape, job, { report, variables }));
}

type Made = Record<string, unknown>;

/** What groups and tasks take from the job: tasks of its own become groups, and blocks above go to every task. */
function finished(made: Made): Made {
  const { task: tasks, vault, secret, ...job } = made;
  job['Name'] ??= job['ID'];
  const single = listOf(tasks).map((one) => groupOf(one));
  const groups = [...single, ...listOf(job['TaskGroups'])].map((group) => finishedGroup(group, { vault, secret }));
  job['TaskGroups'] = groups.length > 0 ? groups : null;
  return job;
}

function finishedGroup(made: Made, above: Made): Made {
  const { vault, secret, ...group } = made;
  for (const one of listOf(group['Tasks'])) {
    one['Vault'] ??= vault ?? above['vault'] ?? null;
    one['Secrets'] ??= secret ?? above['secret'] ?? null;
  }
  return group;
}

const listOf = (value: unknown) => (value ?? []) as readonly Made[];

function groupOf(task: Made): Made {
  const empty = [
    ...['Affinities', 'Constraints', 'Consul', 'Disconnect', 'EphemeralDisk', 'MaxClientDisconnect', 'MaxRunDuration'],
    ...['Meta', 'Migrate', 'Networks', 'PreventRescheduleOnLost', 'ReschedulePolicy', 'RestartPolicy', 'Scaling'],
    ...['Services', 'ShutdownDelay', 'Spreads', 'StopAfterClientDisconnect', 'Update', 'Volumes'],
  ];
  return { ...Object.fromEntries(empty.map((key) => [key, null])), Name: task['Name'], Count: null, Tasks: [task] };
}

const wholeOf = (source: Source): Range => ({ source, start: 0, end: 0 });
