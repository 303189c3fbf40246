/** A decoded scaling block as a draft, and where the parts of the draft stand in the file. */
import type { Range } from '../lib/source.ts';
import type { PluginUse } from '../model/policy.ts';
import type { Block } from '../schema/document.ts';
import type { Labelled, LocatedTexts } from '../schema/schema.ts';
import type { CheckDraft, CheckPart, Draft, DraftPlace, PolicyPart, ScheduleDraft } from './draft.ts';
import type { CheckBlock, ScalingBlock, ScheduleBlock } from './schema.ts';

export function draftOf(name: string, { type, min, max, policy }: ScalingBlock): Draft {
  return {
    name,
    type: type.value,
    min: min.value,
    max: max.value,
    cooldownMs: policy.cooldownMs.value,
    cooldownOnScaleUpMs: policy.cooldownOnScaleUpMs.value,
    evaluationIntervalMs: policy.evaluationIntervalMs.value,
    onCheckError: policy.onCheckError.value,
    schedule: scheduleDraft(policy.schedule),
    checks: policy.check.map(checkDraft),
    target: pluginUse(policy.target),
  };
}

function checkDraft({ label, value }: Labelled<CheckBlock>): CheckDraft {
  const window = value.queryWindow.value;
  return {
    name: label,
    source: value.source.value,
    query: value.query.value,
    queryWindowMs: window === 'instant' ? 0 : window,
    queryInstant: window === 'instant',
    queryWindowOffsetMs: value.queryWindowOffsetMs.value,
    group: value.group,
    onError: value.onError.value,
    schedule: scheduleDraft(value.schedule),
    strategy: value.strategy && pluginUse(value.strategy),
  };
}

function scheduleDraft(block: ScheduleBlock | undefined): ScheduleDraft | undefined {
  return block && { start: block.start.value, end: block.end.value, duration: block.duration.value };
}

/** The block's settings as they were written. */
export function pluginUse({ label, value }: Labelled<LocatedTexts>): PluginUse {
  const config = Object.fromEntries(Array.from(value, ([key, text]) => [key, text.value]));
  return { name: label, config };
}

/** Where a part of the draft stands; the block itself for what was not written. */
export function rangeOf(at: DraftPlace, block: Block, content: ScalingBlock): Range {
  if (at.check === undefined) return policyPlaces(content)[at.part] ?? block.range;
  const check = content.policy.check[at.check];
  return (check && checkPlaces(check)[at.part]) ?? block.range;
}

function policyPlaces({ type, min, max, policy }: ScalingBlock): Record<PolicyPart, Range | undefined> {
  return {
    ...schedulePlaces(policy.schedule),
    policy: undefined,
    type: type.range,
    min: min.range,
    max: max.range,
    cooldown: policy.cooldownMs.range,
    cooldownOnScaleUp: policy.cooldownOnScaleUpMs.range,
    evaluationInterval: policy.evaluationIntervalMs.range,
    onCheckError: policy.onCheckError.range,
    target: policy.target.range,
  };
}

function checkPlaces({ range, value }: Labelled<CheckBlock>): Record<CheckPart, Range | undefined> {
  return {
    ...schedulePlaces(value.schedule),
    check: range,
    source: value.source.range,
    query: value.query.range,
    queryWindow: value.queryWindow.range,
    queryWindowOffset: value.queryWindowOffsetMs.range,
    onError: value.onError.range,
    strategy: value.strategy?.range,
  };
}

function schedulePlaces(block: ScheduleBlock | undefined) {
  return {
    'schedule.start': block?.start.range,
    'schedule.end': block?.end.range,
    'schedule.duration': block?.duration.range,
  };
}
