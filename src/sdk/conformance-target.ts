/** What every target must do. Only with `scaleTo` does the suite change anything. */
import assert from 'node:assert/strict';
import type { Action } from '../model/action.ts';
import type { TargetSession } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { type CommonSample, type ConformanceCase, commonCases, withSession } from './conformance.ts';
import type { Subject } from './subject.ts';

export interface TargetSample extends CommonSample {
  /** The target block of a policy whose target exists and is ready. */
  readonly policyConfig: StringMap;
  /** A block whose target does not exist. Left out, such a thing cannot be. */
  readonly absentPolicyConfig?: StringMap;
  /** A block that is an error. Left out, there is none. */
  readonly badPolicyConfig?: StringMap;
  /** A count to scale to for real. Left out, nothing is scaled. */
  readonly scaleTo?: number;
}

/** The suite of a target. */
export function targetConformance(subject: Subject<'target'>, sample: TargetSample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig } = sample;
  return [
    ...commonCases(subject, sample, async (target, signal) => target.status(policyConfig, signal)),
    {
      title: 'the status of a target is whether it is ready, and a count',
      run: () =>
        withSession(subject, agentConfig, async (target, signal) => {
          await countOf(target, policyConfig, signal);
        }),
    },
    {
      title: 'a key that it does not know is no reason to fail',
      run: () =>
        withSession(subject, agentConfig, async (target, signal) => {
          await countOf(target, { ...policyConfig, conformance_of_plugins: 'x' }, signal);
        }),
    },
    {
      title: 'a dry run changes nothing',
      run: () =>
        withSession(subject, agentConfig, async (target, signal) => {
          const before = await countOf(target, policyConfig, signal);
          const dryRun = { ...actionTo(before + 1, before), direction: 'none', dryRun: true } as const;
          await target.scale(dryRun, policyConfig, signal);
          assert.equal(await countOf(target, policyConfig, signal), before);
        }),
    },
    ...optionalCases(subject, sample),
  ];
}

function optionalCases(subject: Subject<'target'>, sample: TargetSample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig, absentPolicyConfig, badPolicyConfig, scaleTo } = sample;
  const cases: ConformanceCase[] = [];
  if (absentPolicyConfig !== undefined) {
    cases.push({
      title: 'a target that does not exist has no status, which is no error',
      run: () =>
        withSession(subject, agentConfig, async (target, signal) => {
          assert.equal(await target.status(absentPolicyConfig, signal), undefined);
        }),
    });
  }
  if (badPolicyConfig !== undefined) {
    cases.push({
      title: 'a bad block of a policy is an error of that call only',
      run: () =>
        withSession(subject, agentConfig, async (target, signal) => {
          await assert.rejects(async () => target.status(badPolicyConfig, signal), 'it took the bad block');
          await countOf(target, policyConfig, signal);
        }),
    });
  }
  if (scaleTo !== undefined) {
    cases.push({
      title: 'it scales to a count, and scaling to the same count again is no error',
      run: () =>
        withSession(subject, agentConfig, async (target, signal) => {
          const action = actionTo(scaleTo, await countOf(target, policyConfig, signal));
          assert.deepEqual(await target.scale(action, policyConfig, signal), { kind: 'scaled' });
          await target.scale(action, policyConfig, signal);
        }),
    });
  }
  return cases;
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
