/** Reads the job file that a command names. */

import { explain } from '../../../lib/error.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import { parseJobFile } from '../../../nomad-server/jobspec/job-file.ts';
import { type AnyCall, CommandFailure } from '../cli/command.ts';

/** What the flags `-var` and `-var-file` gave. */
export interface FileInputs {
  readonly vars: readonly string[];
  readonly varFiles: readonly string[];
  /** The file is a job as the API takes it. */
  readonly isJson: boolean;
}

export interface ReadJob {
  readonly job: JsonObject;
  /** As it was read, for Nomad to keep beside the job. */
  readonly source: string;
}

const failure = 'Error getting job struct';

/** @param path  `-` is stdin. @throws CommandFailure when it is missing or wrong. */
export async function readJobFile(call: AnyCall, path: string, inputs: FileInputs): Promise<ReadJob> {
  const source = path === '-' ? await call.stdin() : await call.files.read(path);
  if (source === undefined) {
    const where = `stat ${call.files.absolute(path)}: no such file or directory`;
    throw new CommandFailure(`${failure}: Error getting jobfile from "${path}": source path error: ${where}`);
  }
  if (inputs.isJson) return { job: jobOfJson(path, source), source };
  const files = await Promise.all(inputs.varFiles.map((file) => call.files.read(file)));
  const read = parseJobFile(path, source, { file: [...files, ...inputs.vars.map(assignment)].join('\n') });
  if ('job' in read) return { job: read.job, source };
  throw new CommandFailure(`${failure}: Error parsing job file from ${path}:\n${read.errors.join('\n')}`);
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

/** `name=value` of a flag as a line of a file of variables; what is no literal is text. */
function assignment(flag: string): string {
  const at = flag.indexOf('=');
  const value = flag.slice(at + 1);
  const isLiteral = /^(-?\d+(\.\d+)?|true|false|[[{"].*)$/.test(value);
  return `${flag.slice(0, at)} = ${isLiteral ? value : JSON.stringify(value)}`;
}

/** The namespace that the file itself chooses. */
export const namespaceOf = (job: JsonObject): string | undefined =>
  typeof job['Namespace'] === 'string' && job['Namespace'] !== '' ? job['Namespace'] : undefined;

export const idOf = (job: JsonObject): string => String(job['ID'] ?? '');

/** A periodic or parameterized job runs nothing by itself. */
export const isTemplate = (job: JsonObject): boolean =>
  isJsonObject(job['Periodic']) || isJsonObject(job['ParameterizedJob']);
