/** What is in force: of each file its newest good policies, and what is wrong now. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { formatDiagnostic } from '../lib/source.ts';
import { type PluginUse, type Policy, targetKeys } from '../model/policy.ts';
import type { DecodedFile } from './decode.ts';

/** What counts of one file. Holds no text and no tree. */
export interface FileState {
  readonly policies: readonly Policy[];
  /** A line each, with its place. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface PolicySnapshot {
  /** By file name, then in document order. A policy that did not change is the same object as before. */
  readonly policies: readonly Policy[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** True while there are problems: somewhere an older version, or nothing, is in force. */
  readonly degraded: boolean;
}

/** The good policies of the file as it is now; for the broken ones their last good versions. */
export function nextState(last: FileState | undefined, { policies, broken, diagnostics }: DecodedFile): FileState {
  const kept = (last?.policies ?? []).filter(({ name }) => broken === 'all' || broken.includes(name));
  const texts = (severity: 'error' | 'warning') =>
    diagnostics.filter((one) => one.severity === severity).map(formatDiagnostic);
  const same = (policy: Policy) => last?.policies.find((old) => isDeepStrictEqual(old, policy)) ?? policy;
  return { policies: [...policies.map(same), ...kept], problems: texts('error'), warnings: texts('warning') };
}

/** The file is there and cannot be read: everything stays. */
export function keptState(last: FileState | undefined, problem: string): FileState {
  return { policies: last?.policies ?? [], problems: [problem], warnings: [] };
}

/** @param directoryProblem  why the directory cannot be listed. What is known of its files stays in force. */
export function snapshotOf(files: ReadonlyMap<string, FileState>, directoryProblem?: string): PolicySnapshot {
  const states = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
  const policies = states.flatMap((state) => state.policies);
  const problems = states.flatMap((state) => state.problems);
  if (directoryProblem !== undefined) problems.unshift(directoryProblem);
  const warnings = [...states.flatMap((state) => state.warnings), ...sharedTargets(policies)];
  return { policies, problems, warnings, degraded: problems.length > 0 };
}

/** Keys that tell one target from another, those of ours and of pools in the field. */
const identifyingKeys = [
  targetKeys.namespace,
  targetKeys.job,
  targetKeys.group,
  'pool_name',
  targetKeys.nodeClass,
  targetKeys.datacenter,
  targetKeys.nodePool,
];

/**
 * A warning for each target that more than one policy scales.
 *
 * @param counts  which of the groups of policies that share one are to be told of; all unless said otherwise.
 */
export function sharedTargets(
  policies: Iterable<Policy>,
  counts: (sharing: readonly Policy[]) => boolean = () => true,
): readonly string[] {
  const users = new Map<string, Policy[]>();
  for (const policy of policies) {
    const target = describeTarget(policy.target);
    const others = users.get(target);
    if (others === undefined) users.set(target, [policy]);
    else others.push(policy);
  }
  return [...users]
    .filter(([target, sharing]) => sharing.length > 1 && target.includes('=') && counts(sharing))
    .map(([target, sharing]) => {
      const names = sharing.map(({ name, origin = 'in its job' }) => `"${name}" (${origin})`).join(', ');
      const place = sharing.find(({ origin }) => origin !== undefined)?.origin;
      return `${place === undefined ? '' : `${place}: `}Shared target; ${sharing.length} policies scale ${target}: ${names}. Each has its own cooldown and bounds; make them checks of one policy.`;
    });
}

function describeTarget({ name, config }: PluginUse): string {
  const isGroup = config[targetKeys.job] !== undefined;
  const known = isGroup ? { [targetKeys.namespace]: 'default', ...config } : config;
  return [name, ...identifyingKeys.filter((key) => known[key]).map((key) => `${key}=${known[key]}`)].join(' ');
}
