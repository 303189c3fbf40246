/** Policies as Nomad keeps them with its jobs, parts of them replaced. */
import assert from 'node:assert/strict';
import type { Policy } from '../../src/model/policy.ts';
import type { ScalingPolicy } from '../../src/nomad/types.ts';
import { readNomadPolicy } from '../../src/policy/nomad-document.ts';
import { settings } from './policy-file.ts';

export type Body = Record<string, unknown>;

/** The body of a check. */
export const cpu = { query: 'avg_cpu', strategy: [{ 'target-value': [{ target: 70 }] }] };

export const document = (changes: Partial<ScalingPolicy> = {}): ScalingPolicy => ({
  ID: 'an-id',
  Enabled: true,
  Type: 'horizontal',
  Target: { Namespace: 'default', Job: 'web', Group: 'app' },
  Min: 1,
  Max: 4,
  Policy: { check: [{ cpu: [cpu] }] },
  CreateIndex: 10,
  ModifyIndex: 12,
  ...changes,
});

/** A document with one check, changed. A key with undefined is left out. */
export const withCheck = (changes: Body) => {
  const check = Object.fromEntries(Object.entries({ ...cpu, ...changes }).filter(([, value]) => value !== undefined));
  return document({ Policy: { check: [{ cpu: [check] }] } });
};
/** A document with one check and more in its policy block. */
export const withPolicy = (changes: Body) => document({ Policy: { check: [{ cpu: [cpu] }], ...changes } });

/** The policy of a document that must be good. */
export function sound(one: ScalingPolicy, own = settings): Policy {
  const got = readNomadPolicy(one, { settings: own });
  assert.ok('policy' in got, JSON.stringify(got));
  return got.policy;
}

/** Why a document is refused. */
export function invalid(one: ScalingPolicy | undefined): string {
  const got = readNomadPolicy(one, { settings });
  assert.ok('invalid' in got, 'it is taken to be good');
  assert.doesNotMatch(got.invalid, /\n/);
  return got.invalid;
}
