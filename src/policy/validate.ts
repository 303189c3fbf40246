/** Judges policy files without running them: `nomad-autoscaler policy validate`. */
import { join } from 'node:path';
import { type Diagnostic, Source } from '../lib/source.ts';
import type { Policy } from '../model/policy.ts';
import { type DecodeOptions, decodePolicyFile } from './decode.ts';
import { diskFiles, explainFileError, isPolicyFile, type PolicyFiles } from './files.ts';
import { sharedTargets } from './snapshot.ts';

export interface Validation {
  /** The files that were read. */
  readonly files: readonly string[];
  /** Sound and enabled. */
  readonly policies: readonly Policy[];
  /** In the order of the paths and of their places, and then those about several files. Without an error the files are good. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Decodes files, and the policy files of directories, as strictly as can be.
 *
 * @param paths  what is named itself counts as a policy file whatever its name.
 */
export async function validatePaths(
  paths: readonly string[],
  options: Omit<DecodeOptions, 'strict' | 'disabledToo'>,
  files: PolicyFiles = diskFiles,
): Promise<Validation> {
  const all = { ...options, strict: true, disabledToo: true };
  const found: { files: string[]; policies: Policy[]; diagnostics: Diagnostic[] } = {
    files: [],
    policies: [],
    diagnostics: [],
  };
  const fail = (path: string, error: unknown) => {
    const detail = `${path}: ${explainFileError(error)}`;
    found.diagnostics.push({ severity: 'error', summary: 'Cannot read', detail, range: undefined });
  };
  for (const path of paths) {
    for (const file of await filesOf(path, files, fail)) {
      try {
        const text = (await files.read(file)).toString();
        const { policies, diagnostics } = decodePolicyFile(new Source(file, text), all);
        found.files.push(file);
        found.policies.push(...policies);
        found.diagnostics.push(...diagnostics);
      } catch (error) {
        fail(file, error);
      }
    }
  }
  for (const summary of sharedTargets(found.policies)) {
    found.diagnostics.push({ severity: 'warning', summary, detail: '', range: undefined });
  }
  return found;
}

/** The path itself, or the policy files of the directory that it is, by name. */
async function filesOf(
  path: string,
  files: PolicyFiles,
  fail: (path: string, error: unknown) => void,
): Promise<readonly string[]> {
  try {
    if ((await files.stamp(path)).isFile) return [path];
    return (await files.list(path))
      .filter(isPolicyFile)
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    fail(path, error);
    return [];
  }
}
