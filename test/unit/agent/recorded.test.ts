/**
 * Whole agents in the recorded cases: what Nomad and Prometheus answered upstream they answer again, in virtual time, and
 * what the agent decides and writes is compared with what upstream decided and wrote, policy by policy.
 *
 * Reads differ on purpose: one view of all jobs is shared where upstream holds a query for each, so of the reads only
 * this is asked, that each is one that the recorded Nomad answered (or the list of jobs, or a job's deployment). Random
 * and time-like parts are left out: policies' IDs, when within the interval a round comes, how often it says the same.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordedCourse, replay } from '../../support/recorded-case.ts';
import type { Course } from '../../support/recorded-course.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const dryRunTo = (count: number, reason: string) =>
  `web/app = null: ${reason} {"nomad_autoscaler.dry_run":true,"nomad_autoscaler.dry_run.count":${count}}`;
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

const same = [
  'target-value',
  'target-value-down',
  'target-value-none',
  'max-steps',
  'max-steps-down',
  'threshold',
  'pass-through',
  'fixed-value',
  'instant',
  'groups',
  'dry-run',
  'deployment',
  'nomad-apm-taskgroup',
  'nomad-apm-busy',
  'job-scaling',
  'log-location',
  'nomad-500',
  'external',
];

const down = 'scaling down because fixed value is 0';
const up = 'scaling up because fixed value is 3';

/** Where ours is another course on purpose, and why. */
const different: Readonly<Record<string, { readonly why: string; readonly ours: Course }>> = {
  'outside-bounds': {
    why: 'a count outside the bounds is brought back before any check has its say',
    ours: {
      decisions: [['1 -> 2: current count (1) below limit (2)'], ['5 -> 3: current count (5) above limit (3)']],
      writes: [
        ['w5/app = 3: current count (5) above limit (3) {}'],
        ['web/app = 2: current count (1) below limit (2) {}'],
      ],
    },
  },
  'outside-bounds-up': {
    why: 'a count above max is lowered for that reason, and not because a check wanted more',
    ours: {
      decisions: [
        ['5 -> 3: current count (5) above limit (3)', '3 -> 3: capped count from 5 to 3 to stay within limits'],
      ],
      writes: [['w5/app = 3: current count (5) above limit (3) {}']],
    },
  },
  'out-of-band': {
    why: 'a scaling by hand is honoured by the cooldown of an agent that starts after it',
    ours: { decisions: [['2 -> 3: scaling up because fixed value is 3']], writes: [] },
  },
  'on-error': {
    why: 'a check whose error is ignored takes no part in the vote, and one without on_error forbids scaling in',
    ours: {
      decisions: [...times(4, [`1 -> 0: ${down}`]), ['1 -> 1: not scaled in because check \\"bad\\" failed']],
      writes: times(4, [dryRunTo(0, down)]),
    },
  },
  'apm-error': {
    why: 'errors of an APM are errors of the check, NaN and infinities are no metrics, and others may still scale out',
    ours: {
      decisions: [...times(3, ['1 -> 1: every check was left out']), ...times(4, [`1 -> 3: ${up}`])],
      writes: times(4, [dryRunTo(3, up)]),
    },
  },
  schedule: {
    why: 'when no check is on duty nothing is told of a count of 0',
    ours: {
      decisions: [
        ['1 -> 1: every check was left out'],
        ['1 -> 2: scaling up because fixed value is 2'],
        [`1 -> 3: ${up}`],
      ],
      writes: [[dryRunTo(2, 'scaling up because fixed value is 2')], [dryRunTo(3, up)]],
    },
  },
};

// They mostly wait, each for its own agent.
describe('recorded cases', { concurrency: 6 }, () => {
  for (const name of same) {
    const folder = `golden/autoscaler/policies/${name}`;
    test(`policy #P176: the recorded case ${name} takes the same course`, needsShared(folder), async (t) => {
      const path = sharedPath(folder) ?? '';
      const { decisions, writes, unanswered } = await replay(t, path);
      const theirs = recordedCourse(path);
      assert.ok(theirs.decisions.length > 0, 'the recording was not understood');
      assert.deepEqual({ decisions, writes }, { decisions: theirs.decisions, writes: theirs.writes });
      assert.deepEqual(unanswered, []);
    });
  }

  for (const [name, { why, ours }] of Object.entries(different)) {
    const folder = `golden/autoscaler/policies/${name}`;
    test(`policy #P176: the recorded case ${name} differs: ${why}`, needsShared(folder), async (t) => {
      const path = sharedPath(folder) ?? '';
      const { decisions, writes, unanswered } = await replay(t, path);
      assert.deepEqual({ decisions, writes }, ours);
      assert.notDeepEqual({ decisions, writes }, recordedCourse(path));
      assert.deepEqual(unanswered, []);
    });
  }
});
