/** Reads the job file that a command names. */

import { explain } from '../../../lib/error.ts';
import { boolFlag, type FlagValues, listFlag } from '../../../lib/flags.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import { parseJobFile } from '../../../nomad-server/jobspec/job-file.ts';
import { type AnyCall, CommandFailure, inputText } from '../cli/command.ts';
import { keyValues } from '../cli/key-values.ts';

/** Flags of the commands that read one; `-json` says that it is a job as the API takes it. */
export const jobFileFlags = { var: listFlag, 'var-file': listFlag, json: boolFlag };

interface Submission {
  readonly Source: string;
  readonly Format: 'hcl2' | 'json';
  readonly VariableFlags: Readonly<Record<string, string>> | null;
  /** The text of the variables' files. */
  readonly Variables: string;
}

export interface ReadJob {
  readonly job: JsonObject;
  /** The file and what it was given, for Nomad to keep beside the job. */
  readonly submission: Submission;
  /** What its parser allows, and is hardly meant. */
  readonly warnings: readonly string[];
}

const failure = 'Error getting job struct';

/** @param path  `-` is stdin. @throws CommandFailure when it is missing or wrong. */
export async function readJobFile(
  call: AnyCall,
  path: string,
  inputs: FlagValues<typeof jobFileFlags>,
): Promise<ReadJob> {
  const source = await inputText(call, path);
  if (source === undefined) {
    const where = `stat ${call.files.absolute(path)}: no such file or directory`;
    throw new CommandFailure(`${failure}: Error getting jobfile from "${path}": source path error: ${where}`);
  }
  if (inputs.json) {
    const submission = { Source: source, Format: 'json', VariableFlags: null, Variables: '' } as const;
    return { job: jobOfJson(path, source), submission, warnings: [] };
  }
  const files = await Promise.all((inputs['var-file'] ?? []).map((file) => fileOf(call, file)));
  const flags = keyValues(
    inputs.var ?? [],
    (flag) => new CommandFailure(`${failure}: -var ${flag}: expected name=value`),
  );
  const given = { environment: variablesOf(call.env), file: files.join('\n'), flags };
  const read = parseJobFile(path, source, given, true);
  if ('job' in read) {
    const submission = { Source: source, Format: 'hcl2', VariableFlags: flags, Variables: files.join('\n') } as const;
    return { job: read.job, submission, warnings: read.warnings };
  }
  throw new CommandFailure(`${failure}: Error parsing job file from ${path}:\n${read.errors.join('\n')}`);
}

async function fileOf(call: AnyCall, path: string): Promise<string> {
  const text = await call.files.read(path);
  if (text === undefined) throw new CommandFailure(`${failure}: open ${path}: no such file or directory`);
  return text;
}

/** As `job inspect` and `job run -output` write it, or the job alone. */
function jobOfJson(path: string, source: string): JsonObject {
  let read: unknown;
  try {
    read = JSON.parse(source);
  } catch (error) {
    throw new CommandFailure(`${failure}: Failed to parse JSON job from ${path}: ${explain(error)}`);
  }
  const job = isJsonObject(read) && isJsonObject(read['Job']) ? read['Job'] : read;
  if (!isJsonObject(job)) throw new CommandFailure(`${failure}: ${path} holds no job`);
  return job;
}

/** `NOMAD_VAR_<name>` of the environment, by name. */
export function variablesOf(env: AnyCall['env']): Readonly<Record<string, string>> {
  const prefix = 'NOMAD_VAR_';
  const found = Object.entries(env).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, value = '']) => [name.slice(prefix.length), value]));
}

/** The namespace that the file itself chooses, as an option of a request; else the client's own stays. */
export const namespaceOf = (job: JsonObject): { readonly namespace?: string } =>
  typeof job['Namespace'] === 'string' && job['Namespace'] !== '' ? { namespace: job['Namespace'] } : {};

export const idOf = (job: JsonObject): string => String(job['ID'] ?? '');

/** A periodic or parameterized job runs nothing by itself. */
export const isTemplate = (job: JsonObject): boolean =>
  isJsonObject(job['Periodic']) || isJsonObject(job['ParameterizedJob']);
