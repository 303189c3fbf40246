/** What every target must do. Only with `scaleTo` does the suite change anything. */
import assert from 'node:assert/strict';
import { sleep, systemClock } from '../lib/clock.ts';
import type { Action } from '../model/action.ts';
import type { TargetSession } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { type CommonSample, commonCases, ruleMaker } from './conformance.ts';
import { type ConformanceCase, leftOut } from './conformance-case.ts';
import type { Subject } from './subject.ts';

/** What the suite of a target is tried with. */
export interface TargetSample extends CommonSample {
  /** The target block of a policy whose target exists and is ready. */
  readonly policyConfig: StringMap;
  /** A block whose target does not exist. Left out, such a thing cannot be. */
  readonly absentPolicyConfig?: StringMap;
  /** A block that is an error. Left out, there is none. */
  readonly badPolicyConfig?: StringMap;
  /** False leaves the dry run out, for a target that is not trusted with one. */
  readonly dryRun?: boolean;
  /** A count to scale to for real, and back again. Left out, nothing is scaled. */
  readonly scaleTo?: number;
}

/** The suite of a target. */
export function targetConformance(subject: Subject<'target'>, sample: TargetSample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig } = sample;
  const rule = ruleMaker(subject, agentConfig);
  return [
    ...commonCases(subject, sample, async (target, signal) => target.status(policyConfig, signal)),
    rule('the status of a target is whether it is ready, and a count', (target, signal) =>
      countOf(target, policyConfig, signal),
    ),
    rule('a key that it does not know is no reason to fail', (target, signal) =>
      countOf(target, { ...policyConfig, conformance_of_plugins: 'x' }, signal),
    ),
    ...blockCases(subject, sample),
    ...scalingCases(subject, sample),
  ];
}

function blockCases(subject: Subject<'target'>, sample: TargetSample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig, absentPolicyConfig, badPolicyConfig } = sample;
  const rule = ruleMaker(subject, agentConfig);
  const titles = {
    absent: 'a target that does not exist has no status, which is no error',
    bad: 'a bad block of a policy is an error of that call only',
  };
  return [
    absentPolicyConfig === undefined
      ? leftOut(titles.absent, 'no block of a target that does not exist is given')
      : rule(titles.absent, async (target, signal) => {
          assert.equal(await target.status(absentPolicyConfig, signal), undefined);
        }),
    badPolicyConfig === undefined
      ? leftOut(titles.bad, 'no bad block of a policy is given')
      : rule(titles.bad, async (target, signal) => {
          await assert.rejects(async () => target.status(badPolicyConfig, signal), 'it took the bad block');
          await countOf(target, policyConfig, signal);
        }),
  ];
}

/** How long scaling there and back may take. */
const scalingMs = 1_800_000;

function scalingCases(subject: Subject<'target'>, sample: TargetSample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig, scaleTo, dryRun = true } = sample;
  const rule = ruleMaker(subject, agentConfig);
  const titles = {
    dryRun: 'a dry run changes nothing',
    scaling: 'it scales to a count, and scaling to the same count again is no error',
  };
  return [
    dryRun
      ? rule(titles.dryRun, async (target, signal) => {
          const before = await countOf(target, policyConfig, signal);
          const order = { ...actionTo(before + 1, before), direction: 'none', dryRun: true } as const;
          await target.scale(order, policyConfig, signal);
          assert.equal(await countOf(target, policyConfig, signal), before);
        })
      : leftOut(titles.dryRun, 'dry runs are not wanted'),
    scaleTo === undefined
      ? leftOut(titles.scaling, 'nothing is to be scaled')
      : rule(titles.scaling, (target, signal) => thereAndBack(target, policyConfig, scaleTo, signal), scalingMs),
  ];
}

async function thereAndBack(
  target: TargetSession,
  config: StringMap,
  wanted: number,
  signal: AbortSignal,
): Promise<void> {
  const before = await countOf(target, config, signal);
  const there = actionTo(wanted, before);
  const outcome = await target.scale(there, config, signal);
  if (wanted !== before) assert.deepEqual(outcome, { kind: 'scaled' });
  await untilReady(target, config, signal);
  await target.scale(there, config, signal);
  await untilReady(target, config, signal);
  if (wanted !== before) await target.scale(actionTo(before, wanted), config, signal);
}

/** A target that still works on the last order may refuse the next one. */
async function untilReady(target: TargetSession, config: StringMap, signal: AbortSignal): Promise<void> {
  while ((await target.status(config, signal))?.ready === false) await sleep(systemClock, 1000, signal);
}

function actionTo(count: number, present: number): Action {
  return { direction: count < present ? 'down' : 'up', count, reason: 'conformance', meta: {} };
}

async function countOf(target: TargetSession, config: StringMap, signal: AbortSignal): Promise<number> {
  const status = await target.status(config, signal);
  assert.ok(status, 'the target does not exist');
  assert.equal(typeof status.ready, 'boolean');
  assert.ok(Number.isSafeInteger(status.count) && status.count >= 0, `no count: ${status.count}`);
  for (const text of Object.values(status.meta)) assert.equal(typeof text, 'string');
  return status.count;
}
