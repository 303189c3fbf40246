/** A policy as it was written, before defaults and rules: what both sources, files and Nomad, bring it to. */
import type { PluginUse } from '../model/policy.ts';

export interface Draft {
  readonly name: string;
  readonly type: string;
  readonly min: number;
  readonly max: number;
  /** 0: not written. So too for the next two. */
  readonly cooldownMs: number;
  readonly cooldownOnScaleUpMs: number;
  readonly evaluationIntervalMs: number;
  readonly onCheckError: string;
  readonly schedule: ScheduleDraft | undefined;
  readonly checks: readonly CheckDraft[];
  readonly target: PluginUse;
}

export interface CheckDraft {
  readonly name: string;
  /** Empty: not written. */
  readonly source: string;
  readonly query: string;
  /** 0: not written. */
  readonly queryWindowMs: number;
  readonly queryInstant: boolean;
  readonly queryWindowOffsetMs: number;
  readonly group: string;
  readonly onError: string;
  readonly schedule: ScheduleDraft | undefined;
  readonly strategy: PluginUse | undefined;
}

export interface ScheduleDraft {
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly duration: string | undefined;
}

/** What somebody should know about one place of a draft. */
export interface Remark {
  /** What is wrong, in upstream's words where it has some. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
  readonly at: DraftPlace;
}

/** The part of a policy that a remark is about; a part of a check comes with the position of the check in the list. */
export type DraftPlace =
  | { readonly check?: undefined; readonly part: PolicyPart }
  | { readonly check: number; readonly part: CheckPart };

type SchedulePart = `schedule.${keyof ScheduleDraft}`;

export type PolicyPart =
  | 'policy'
  | 'type'
  | 'min'
  | 'max'
  | 'cooldown'
  | 'cooldownOnScaleUp'
  | 'evaluationInterval'
  | 'onCheckError'
  | 'target'
  | SchedulePart;

export type CheckPart =
  | 'check'
  | 'source'
  | 'query'
  | 'queryWindow'
  | 'queryWindowOffset'
  | 'onError'
  | 'strategy'
  | SchedulePart;
