/** What plugins have to say about the settings that a policy file gives them. */
import { nearest } from '../lib/nearest.ts';
import type { Range, Report } from '../lib/source.ts';
import type { CheckConfig, PluginSchemas, PluginType } from '../model/plugin.ts';
import type { Labelled, LocatedTexts } from '../schema/schema.ts';
import type { Problem } from '../schema/strings.ts';
import { pluginUse } from './file-draft.ts';
import type { ScalingBlock } from './schema.ts';

/**
 * Reports the findings about the target and every strategy, each at its key.
 *
 * @param strict  unknown keys and unusable values are errors, not warnings.
 */
export function reportFindings(
  { policy }: ScalingBlock,
  plugins: PluginSchemas,
  strict: boolean,
  report: Report,
): void {
  const check = (type: 'strategy' | 'target', use: Labelled<LocatedTexts>) => {
    const find = plugins.policyConfig(type, use.label);
    if (find !== undefined) reportUse(find, use, strict, report);
  };
  check('target', policy.target);
  for (const { value } of policy.check) if (value.strategy !== undefined) check('strategy', value.strategy);
}

/** Where a policy is to be without fault. A key that is understood, and a value that works, are no faults. */
export const isError = (kind: Problem['kind']): boolean => kind === 'invalid' || kind === 'unknown';

const summaries: Record<Problem['kind'], string> = {
  invalid: 'Unsuitable setting',
  unknown: 'Unknown setting',
  renamed: 'Misspelled setting',
  doubtful: 'Doubtful setting',
};

function reportUse(find: CheckConfig, use: Labelled<LocatedTexts>, strict: boolean, report: Report): void {
  for (const { kind, key, detail } of find(pluginUse(use).config)) {
    const text = use.value.get(key);
    const range = kind === 'invalid' || kind === 'doubtful' ? text?.range : text?.nameRange;
    const severity = strict && isError(kind) ? 'error' : 'warning';
    report({ severity, summary: summaries[kind], detail, range: range ?? use.range });
  }
}

/** The labels of the plugins that the agent has, by type. */
export type Labels = Readonly<Record<PluginType, ReadonlySet<string>>>;

/** @returns what is wrong with a label that leads to no plugin, and which there are. */
export function unknownLabel(type: PluginType, label: string, labels: Labels): string | undefined {
  if (labels[type].has(label)) return undefined;
  const near = nearest(label, labels[type]);
  const known = [...labels[type]].map((one) => `"${one}"`).join(', ');
  const hint = near === undefined ? `configured are ${known || 'none'}` : `did you mean "${near}"?`;
  return `No ${type} plugin "${label}" is configured; ${hint}`;
}

/** Warns of each label that leads to no plugin: the policy is held until there is one. */
export function reportUnknownLabels({ policy }: ScalingBlock, labels: Labels, report: Report): void {
  const look = (type: PluginType, label: string, range: Range | undefined) => {
    const detail = unknownLabel(type, label, labels);
    if (detail !== undefined) report({ severity: 'warning', summary: `Unknown ${type} plugin`, detail, range });
  };
  look('target', policy.target.label, policy.target.range);
  for (const { value } of policy.check) {
    look('apm', value.source.value, value.source.range);
    if (value.strategy !== undefined) look('strategy', value.strategy.label, value.strategy.range);
  }
}
