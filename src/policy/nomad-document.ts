/** A policy as Nomad keeps it with its job, made a policy of ours. Pure. Source: spec policy.md §3. */
import { parseDuration } from '../lib/duration.ts';
import type { JsonObject } from '../lib/json.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { PluginUse, Policy, StringMap } from '../model/policy.ts';
import type { ScalingPolicy } from '../nomad/types.ts';
import type { Value } from '../schema/document.ts';
import { textOf } from '../schema/scalar.ts';
import type { Schema } from '../schema/schema.ts';
import { adviseOn } from './advice.ts';
import { completePolicy } from './complete.ts';
import type { DecodeOptions } from './decode.ts';
import type { CheckDraft, Draft, Remark } from './draft.ts';
import { isError, type Labels, unknownLabel } from './findings.ts';
import { bodyOf, labelledBodies } from './nomad-blocks.ts';
import { scheduleTexts, structuralFaults } from './nomad-rules.ts';
import { checkBlock, policyBlock } from './schema.ts';

/** Ready to run, or in one line why not. */
export type NomadPolicy = { readonly policy: Policy } | { readonly invalid: string };

/** Validation, conversion, defaults and queries written out, in this order. */
export function readNomadPolicy(document: ScalingPolicy | undefined, options: DecodeOptions): NomadPolicy {
  if (!document) return { invalid: emptyDocument };
  const name = nameOf(document);
  const faults = structuralFaults(document);
  if (faults.length > 0) return { invalid: `${name}: policy validation failed: ${faults.join(', ')}` };
  const draft = draftOfDocument(document);
  const completed = completePolicy(draft, { id: document.ID, source: 'nomad' }, options.settings, 'any length');
  const texts = (remarks: readonly Remark[]) => remarks.map(({ message, advice }) => `${name}: ${message}; ${advice}`);
  if (!completed.ok) return { invalid: texts(completed.remarks).join(', ') };
  const settings = settingRemarks(completed.policy, draft, options);
  const refused = options.strict ? settings.filter(({ isError }) => isError) : [];
  if (refused.length > 0) return { invalid: refused.map(({ text }) => `${name}: ${text}`).join(', ') };
  const warnings = [
    ...unknownKeys(document).map((text) => `${name}: ${text}`),
    ...unknownLabels(completed.policy, options.labels).map((text) => `${name}: ${text}`),
    ...settings.map(({ text }) => `${name}: ${text}`),
    ...texts(adviseOn(completed.policy, options.settings.nomadApms)),
  ];
  return { policy: { ...completed.policy, warnings } };
}

const emptyDocument =
  "ScalingPolicy is empty, this policy won't execute any verification or scaling and should have enabled set to false";

function nameOf({ ID, Target }: ScalingPolicy): string {
  return Target?.['Job'] ? `${Target['Job']}/${Target['Group'] ?? ''}` : ID;
}

/** What is of the wrong type is as if it were not written; validation has told of it before. */
export function draftOfDocument(document: ScalingPolicy): Draft {
  const { Type, Min, Max, Policy } = document;
  const policy = Policy ?? {};
  const type = Type || 'horizontal';
  const target = targetOf(document) ?? { name: '', config: {} };
  return {
    name: nameOf(document),
    type,
    min: Min ?? 0,
    max: Max ?? 0,
    cooldownMs: durationIn(policy['cooldown']),
    cooldownOnScaleUpMs: durationIn(policy['cooldown_on_scale_up']),
    evaluationIntervalMs: durationIn(policy['evaluation_interval']),
    onCheckError: textIn(policy['on_check_error']),
    schedule: scheduleIn(policy),
    checks: Array.from(labelledBodies(policy['check']), ([label, body]) => checkOf(label, body)),
    target: target.name === '' && type === 'horizontal' ? { ...target, name: 'nomad-target' } : target,
  };
}

/** @returns the policy's target with what Nomad knows of it; undefined when its block has no label. */
export function targetOf({ Target, Policy }: ScalingPolicy): PluginUse | undefined {
  const known = Target ?? {};
  if (Policy?.['target'] === undefined) return { name: '', config: known };
  const [first] = labelledBodies(Policy['target']);
  if (first === undefined) return undefined;
  const [name, body] = first;
  return { name, config: { ...known, ...textsIn(body) } };
}

export function checkOf(name: string, body: JsonObject): CheckDraft {
  const [strategy] = labelledBodies(body['strategy']);
  const isInstant = body['query_window'] === 'instant';
  return {
    name,
    source: textIn(body['source']),
    query: textIn(body['query']),
    queryWindowMs: isInstant ? 0 : durationIn(body['query_window']),
    queryInstant: isInstant,
    queryWindowOffsetMs: durationIn(body['query_window_offset']),
    group: textIn(body['group']),
    onError: textIn(body['on_error']),
    schedule: scheduleIn(body),
    strategy: strategy && { name: strategy[0], config: textsIn(strategy[1]) },
  };
}

function scheduleIn(body: JsonObject) {
  const schedule = bodyOf(body['schedule']);
  return schedule && scheduleTexts(schedule);
}

const textIn = (value: unknown) => (typeof value === 'string' ? value : '');

/** Milliseconds; 0 for what is no duration. */
function durationIn(value: unknown): number {
  if (typeof value !== 'string') return 0;
  try {
    return parseDuration(value);
  } catch {
    return 0;
  }
}

/** Numbers in plain digits. Lists and objects are left out. */
function textsIn(body: JsonObject): StringMap {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(body)) {
    const text = textOf(value as Value); // any JSON value is one
    if (text.ok) texts[key] = text.value;
  }
  return texts;
}

/** Keys that nobody reads. */
function unknownKeys({ Policy }: ScalingPolicy): readonly string[] {
  const unknown = (body: JsonObject, schema: Schema, path: string) => {
    const known = schema.entries.map(({ key }) => key);
    return Object.keys(body)
      .filter((key) => !known.includes(key))
      .map((key) => {
        const hint = Object.hasOwn(schema.misplaced, key) ? ` ${schema.misplaced[key]}` : didYouMean(key, known);
        return `${path}: "${key}" is not known here and is ignored.${hint}`;
      });
  };
  const checks = [...labelledBodies(Policy?.['check'])];
  return [
    ...unknown(Policy ?? {}, policyBlock, 'scaling.policy'),
    ...checks.flatMap(([label, body]) => unknown(body, checkBlock, `scaling.policy.check[${label}]`)),
  ];
}

/** Labels that lead to no plugin. */
function unknownLabels({ target, checks }: Policy, labels: Labels | undefined): readonly string[] {
  if (labels === undefined) return [];
  const found = [
    unknownLabel('target', target.name, labels),
    ...checks.flatMap(({ source, strategy }) => [
      unknownLabel('apm', source, labels),
      unknownLabel('strategy', strategy.name, labels),
    ]),
  ];
  return found.filter((text) => text !== undefined);
}

/** What the plugins say about their settings. */
function settingRemarks(policy: Policy, { target }: Draft, { plugins }: DecodeOptions) {
  const remarks = (type: 'strategy' | 'target', use: PluginUse, path: string) =>
    (plugins?.policyConfig(type, use.name)?.(use.config) ?? []).map(({ kind, detail }) => ({
      text: `${path}[${use.name}]: ${detail}`,
      isError: isError(kind),
    }));
  return [
    ...remarks('target', target, 'scaling.policy.target'),
    ...policy.checks.flatMap(({ name, strategy }) =>
      remarks('strategy', strategy, `scaling.policy.check[${name}].strategy`),
    ),
  ];
}
