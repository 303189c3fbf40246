/** Policy files: text to policies, or everything that is wrong with it by place. Source: spec policy.md §2. */
import { policyFunctions } from '../hcl/functions.ts';
import { parseFile } from '../hcl/parse.ts';
import { type Diagnostic, formatDiagnostic, formatPlace, type Report, type Source } from '../lib/source.ts';
import type { PluginSchemas } from '../model/plugin.ts';
import type { Policy } from '../model/policy.ts';
import type { Block } from '../schema/document.ts';
import { parseBody } from '../schema/parse.ts';
import { boolReader } from '../schema/scalar.ts';
import { adviseOn } from './advice.ts';
import { completePolicy, type PolicySettings } from './complete.ts';
import { draftOf, rangeOf } from './file-draft.ts';
import { type Labels, reportFindings, reportUnknownLabels } from './findings.ts';
import { filePolicyId } from './identity.ts';
import { scalingBlocks } from './layout.ts';
import { scalingBlock } from './schema.ts';

export interface DecodeOptions {
  readonly settings: PolicySettings;
  /** Checks strategy and target blocks; absent: they pass as they are. */
  readonly plugins?: PluginSchemas;
  /** Absent: labels are not looked up. */
  readonly labels?: Labels;
  /** Unknown keys in strategy and target blocks, and values that their plugins cannot use, are errors and not warnings. */
  readonly strict?: boolean;
  /** A policy that is not enabled is judged as if it were. */
  readonly disabledToo?: boolean;
}

export interface DecodedFile {
  /** Sound and enabled, in document order. */
  readonly policies: readonly Policy[];
  /** Names of the policies that are not enabled. */
  readonly disabled: readonly string[];
  /** Names of the policies that cannot be used; `all` when the file as a whole cannot be. */
  readonly broken: 'all' | readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What is wrong with one policy leaves the others of the file in force; a syntax error or something foreign at the top does
 * not. What is wrong with a policy that is not enabled is only a warning.
 */
export function decodePolicyFile(source: Source, options: DecodeOptions): DecodedFile {
  const { body, diagnostics: syntax } = parseFile(source, { functions: policyFunctions });
  if (syntax.length > 0) return { policies: [], disabled: [], broken: 'all', diagnostics: syntax };
  const diagnostics: Diagnostic[] = [];
  const blocks = scalingBlocks(body, (one) => diagnostics.push(one));
  if (blocks === undefined) return { policies: [], disabled: [], broken: 'all', diagnostics };

  const policies: Policy[] = [];
  const disabled: string[] = [];
  const broken: string[] = [];
  for (const [name, block] of blocks.byName) {
    const found: Diagnostic[] = [];
    const policy = decodeScaling(name, block, source, options, (one) => found.push(one));
    if (policy === 'disabled') disabled.push(name);
    else if (policy === undefined || blocks.repeated.has(name)) broken.push(name);
    else policies.push(found.length === 0 ? policy : { ...policy, warnings: found.map(formatDiagnostic) });
    const isLenient = policy === 'disabled' && !options.disabledToo;
    for (const one of found) diagnostics.push(isLenient ? { ...one, severity: 'warning' } : one);
  }
  return { policies, disabled, broken, diagnostics };
}

/** @returns undefined when it cannot be used. */
function decodeScaling(
  name: string,
  block: Block,
  source: Source,
  options: DecodeOptions,
  report: Report,
): Policy | 'disabled' | undefined {
  let isSound = true;
  const watched: Report = (one) => {
    isSound &&= one.severity === 'warning';
    report(one);
  };
  const content = parseBody(scalingBlock, block.body, watched);
  if (content === undefined) return isEnabled(block) ? undefined : 'disabled';
  if (content.enabled === undefined) report(neverEnabled(name, block));
  if (!content.enabled && !options.disabledToo) return 'disabled';
  if (options.labels !== undefined) reportUnknownLabels(content, options.labels, watched);
  if (options.plugins !== undefined) reportFindings(content, options.plugins, options.strict ?? false, watched);
  const completed = completePolicy(draftOf(name, content), originOf(name, block, source), options.settings);
  const remarks = completed.ok ? adviseOn(completed.policy, options.settings.nomadApms) : completed.remarks;
  for (const { message, advice, at } of remarks) {
    const severity = completed.ok ? 'warning' : 'error';
    watched({ severity, summary: message, detail: advice, range: rangeOf(at, block, content) });
  }
  if (!content.enabled) return 'disabled';
  return completed.ok && isSound ? completed.policy : undefined;
}

/** Of a block that could not be decoded. What is not plainly off counts as on. */
function isEnabled({ body }: Block): boolean {
  const ignore = () => undefined;
  const value = body
    .content({ attributes: ['enabled'], blocks: [] }, ignore)
    .attributes.get('enabled')
    ?.evaluate(ignore);
  const enabled = boolReader.fromValue(value ?? false);
  return !enabled.ok || enabled.value;
}

function neverEnabled(name: string, block: Block): Diagnostic {
  const detail = `"${name}" does not say whether it is enabled and is not run; write enabled = true, or enabled = false to say so.`;
  return { severity: 'warning', summary: 'Policy is not enabled', detail, range: block.range };
}

function originOf(name: string, block: Block, source: Source) {
  const fileName = source.name.replace(/^.*[/\\]/, '');
  return { id: filePolicyId(fileName, name), source: 'file', origin: formatPlace(block.range) } as const;
}
