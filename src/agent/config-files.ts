/** Reads the configuration: files and directories in order, the command line on top, every error at once. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { parseFile } from '../hcl/parse.ts';
import { errorList, usageError } from '../lib/error.ts';
import { type Diagnostic, formatDiagnostic, Source } from '../lib/source.ts';
import { explainFileError, isPolicyFile } from '../policy/files.ts';
import { parseBody } from '../schema/parse.ts';
import { type AgentConfig, type ConfigLayer, defaultConfig, overlay } from './config.ts';
import { error, type Finding, isUnexpanded, layerFindings, layerOf, unexpanded } from './config-layer.ts';
import { configSchema } from './config-schema.ts';

/** What the command line says about the configuration; the same again at each reload. */
export interface ConfigInputs {
  /** Files and directories, later ones over earlier ones. */
  readonly paths: readonly string[];
  readonly flags: ConfigLayer;
  /** The working directory. */
  readonly cwd: string;
}

/** The part of the file system that is read. */
export interface ConfigReader {
  isDirectory(path: string): Promise<boolean>;
  /** Names of what lies directly in a directory and is no directory itself. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<string>;
}

const systemReader: ConfigReader = {
  isDirectory: async (path) => (await stat(path)).isDirectory(),
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  },
  read: (path) => readFile(path, 'utf8'),
};

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** What was accepted but deserves a look, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Computes the configuration; start and reload do exactly this.
 *
 * @throws `config_invalid` (usage): the one error in one line, or all of them as a list.
 */
export async function loadConfig(inputs: ConfigInputs, reader: ConfigReader = systemReader): Promise<LoadedConfig> {
  const onFlags = layerFindings(inputs.flags, () => '');
  if (onFlags.some(isError)) throw usageError('config_invalid', listOf(onFlags.filter(isError)));
  let config = defaultConfig(inputs.cwd);
  const unreadable: Finding[] = [];
  const findings: Finding[] = [];
  for (const path of inputs.paths) {
    const { layers, problems } = await readPath(path, reader);
    for (const read of layers) {
      config = overlay(config, read.layer);
      findings.push(...read.findings);
    }
    unreadable.push(...problems.map((text) => error(`error loading configuration from ${path}: ${text}`)));
  }
  const errors = findings.filter(isError);
  if (errors.length > 0)
    throw usageError('config_invalid', `invalid configuration. ${listOf([...unreadable, ...errors])}`);
  if (unreadable.length === 1) throw usageError('config_invalid', unreadable[0]?.text ?? '');
  if (unreadable.length > 0) throw usageError('config_invalid', listOf(unreadable));
  return { config: overlay(config, inputs.flags), warnings: [...findings, ...onFlags].map(({ text }) => text) };
}

interface ReadPath {
  readonly layers: readonly ReturnType<typeof layerOf>[];
  readonly problems: readonly string[];
}

async function readPath(path: string, reader: ConfigReader): Promise<ReadPath> {
  let files: readonly string[];
  try {
    files = (await reader.isDirectory(path)) ? await filesIn(path, reader) : [path];
  } catch (cause) {
    return {
      layers: [],
      problems: [`stat ${path}: ${explainFileError(cause)}${isUnexpanded(path) ? `; the path ${unexpanded}` : ''}`],
    };
  }
  const read = await Promise.all(files.map((file) => readOne(file, reader)));
  return { layers: read.flatMap(({ layers }) => layers), problems: read.flatMap(({ problems }) => problems) };
}

/** In byte order of their paths, editors' leavings aside. Source: spec agent.md §5.1. */
async function filesIn(path: string, reader: ConfigReader): Promise<readonly string[]> {
  const names = await reader.list(path);
  const wanted = names.filter(isPolicyFile);
  return wanted
    .map((name) => `${path.replace(/\/$/, '')}/${name}`)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function readOne(file: string, reader: ConfigReader): Promise<ReadPath> {
  if (!/\.(hcl|json)$/i.test(file)) {
    const why =
      'Unsupported file format; The configuration cannot be read: unrecognized file format suffix; use .hcl or .json';
    return { layers: [], problems: [`${file}: ${why}`] };
  }
  let text: string;
  try {
    text = await reader.read(file);
  } catch (cause) {
    return { layers: [], problems: [`open ${file}: ${explainFileError(cause)}`] };
  }
  return parseConfig(new Source(file, text));
}

/** Pure: one text in, its layer or everything that is wrong with it out. */
function parseConfig(source: Source): ReadPath {
  const problems: string[] = [];
  const warnings: Finding[] = [];
  const report = (diagnostic: Diagnostic) => {
    const text = formatDiagnostic(diagnostic);
    if (diagnostic.severity === 'error') problems.push(text);
    else warnings.push({ severity: 'warning', text });
  };
  const { body, diagnostics } = parseFile(source);
  for (const diagnostic of diagnostics) report(diagnostic);
  if (problems.length > 0) return { layers: [], problems };
  const file = parseBody(configSchema, body, report);
  if (file === undefined) return { layers: [], problems };
  const { layer, findings } = layerOf(file);
  return { layers: [{ layer, findings: [...warnings, ...findings] }], problems };
}

function listOf(findings: readonly Finding[]): string {
  return errorList(findings.map(({ text }) => text));
}

const isError = (finding: Finding) => finding.severity === 'error';
