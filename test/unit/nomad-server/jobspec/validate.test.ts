/** What is wrong with jobs, in Nomad's words. The recordings hold the rest: see golden.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJob } from '../../../../src/nomad-server/jobspec/canonicalize.ts';
import { validateJob } from '../../../../src/nomad-server/jobspec/validate.ts';
import { warningsOf } from '../../../../src/nomad-server/jobspec/warnings.ts';
import { type JobOptions, jobBody, testNomad } from '../../../support/nomad-server.ts';

const made = (options: JobOptions) =>
  canonicalJob(jobBody('a', options).Job, { region: 'global', namespace: 'default' });
const problems = (options: JobOptions) => validateJob(made(options), 50_000);

const rows: readonly (readonly [string, JobOptions, readonly RegExp[]])[] = [
  [
    'jobspec #24: a count beyond the scaling block',
    { count: 9, group: { Scaling: { Min: 1, Max: 5 } } },
    [/task group count must not be greater than maximum count in scaling policy/],
  ],
  [
    'jobspec #30: an attribute without braces',
    { job: { Constraints: [{ LTarget: '$attr.x', Operand: '=', RTarget: 'y' }] } },
    [/attribute "\$attr\.x" is missing an opening brace/],
  ],
  [
    'jobspec #37: a batch job with an update block',
    { type: 'batch', group: { Update: { MaxParallel: 1 } } },
    [/Job type "batch" does not allow update block/],
  ],
  [
    'jobspec #38: a system group that counts',
    { type: 'system', count: 3 },
    [/Job task group g has count 3\. Count cannot exceed 1 with system scheduler/],
  ],
  [
    'jobspec #39: cores and MHz at once',
    { task: { Resources: { CPU: 500, Cores: 2, MemoryMB: 32 } } },
    [/Task can only ask for 'cpu' or 'cores' resource, not both\./],
  ],
  ['jobspec #40: too little memory', { memory: 5 }, [/minimum MemoryMB value is 10; got 5/]],
  [
    'jobspec #41: a deadline to be healthy that is later than that of progress',
    { group: { Update: { HealthyDeadline: 300e9, ProgressDeadline: 180e9 } } },
    [/Healthy deadline must be less than progress deadline: 5m0s > 3m0s/],
  ],
  [
    'jobspec #42: attempts that are counted and not',
    { group: { ReschedulePolicy: { Attempts: 3, Interval: 600e9, Unlimited: true } } },
    [
      /Reschedule Policy with Attempts = 3, Interval = 10m0s, and Unlimited = true is ambiguous/,
      /If Attempts >0, Unlimited cannot also be set to true/,
    ],
  ],
  [
    'jobspec #43: shares of a spread beyond the whole',
    {
      job: {
        Spreads: [
          {
            Attribute: '${node.class}',
            SpreadTarget: [
              { Value: 'a', Percent: 80 },
              { Value: 'b', Percent: 40 },
            ],
          },
        ],
      },
    },
    [/Sum of spread target percentages must not be greater than 100%; got 120%/],
  ],
  [
    'jobspec #44: a parameterized service',
    { job: { ParameterizedJob: {} } },
    [/Parameterized job can only be used with "batch" or "sysbatch" scheduler/],
  ],
  ['jobspec #45: a blank in the ID', { job: { ID: 'a b' } }, [/^Job ID contains a space$/]],
  [
    'an attempt too many for the interval, with delays that grow',
    {
      group: {
        ReschedulePolicy: {
          ...{ Attempts: 4, Interval: 60e9, Delay: 10e9, DelayFunction: 'exponential', MaxDelay: 3600e9 },
          Unlimited: false,
        },
      },
    },
    [
      /Nomad can only make 2 attempts in 1m0s with initial delay 10s, delay function "exponential", and delay ceiling 1h0m0s/,
      /Set the interval to at least 2m30s to accommodate 4 attempts/,
    ],
  ],
];

for (const [title, options, texts] of rows) {
  test(title, () => {
    const found = problems(options);
    assert.equal(found.length, 1, found.join('\n'));
    for (const text of texts) assert.match(found[0] ?? '', text);
  });
}

test('jobspec #46, #56, #58: a registration is refused with everything that is wrong', async () => {
  const nomad = testNomad();
  const refused = async (options: JobOptions) => {
    const answer = await nomad.put('/v1/jobs', jobBody('a', options));
    assert.equal(answer.status, 500);
    return answer.text;
  };
  const two = await refused({ job: { Priority: 200, Datacenters: [''] } });
  const both = 'Job datacenter must be non-empty string\n\t* job priority must be between [1, 100]';
  assert.equal(two, `2 errors occurred:\n\t* ${both}\n\n`);
  const disk = 'log storage (100 MB) must be less than requested disk capacity (100 MB)';
  assert.ok((await refused({ group: { EphemeralDisk: { SizeMB: 100 } } })).includes(disk));
  const driver = { LTarget: '${driver.docker}', Operand: '=', RTarget: '1' };
  assert.ok((await refused({ job: { Constraints: [driver] } })).includes('unsupported attribute "${driver.docker}"'));
  assert.deepEqual((await nomad.get('/v1/jobs')).json, []);
});

test('jobspec #59: more canaries than allocations are no reason to warn', () => {
  assert.equal(warningsOf(made({ group: { Update: { Canary: 3 } } }), false), '');
});

test('warnings are counted, and those of tasks stand in those of their groups', () => {
  const text = warningsOf(
    made({
      task: { Resources: { CPU: 10, MemoryMB: 20, MemoryMaxMB: 40, IOPS: 1 } },
      type: 'batch',
      job: { Periodic: { Spec: '@daily' } },
    }),
    false,
  );
  assert.match(text, /^3 warnings:\n\n\* Memory oversubscription is not enabled; Task "g\.t" memory_max/);
  assert.match(text, /\* Group "g" has warnings: 1 error occurred:\n\t\* Task "t" has warnings: 1 error occurred:/);
  assert.match(text, /\* cron is deprecated and may be removed in a future release\. Use crons instead$/);
});

test('jobspec #23, #48, #51, #52, #53: what a file does not say is filled in by the type of the job', () => {
  const scaled = made({ group: { Count: null, Scaling: { Min: 2, Max: 5 } } }).TaskGroups[0];
  assert.deepEqual([scaled?.Count, scaled?.Scaling?.Min, scaled?.Scaling?.Enabled], [2, 2, true]);
  const layered = made({
    job: { Update: { MaxParallel: 2, Canary: 1 } },
    group: { Update: { MaxParallel: 3 } },
  }).TaskGroups[0]?.Update;
  assert.deepEqual([layered?.MaxParallel, layered?.Canary], [3, 1]);
  const batch = made({ type: 'batch' }).TaskGroups[0];
  const { Attempts, Interval, Delay, Mode } = batch?.RestartPolicy ?? {};
  assert.deepEqual([Attempts, Interval, Delay, Mode], [3, 86_400e9, 15e9, 'fail']);
  const again = batch?.ReschedulePolicy;
  assert.deepEqual(
    [again?.Attempts, again?.Interval, again?.Delay, again?.DelayFunction],
    [1, 86_400e9, 5e9, 'constant'],
  );
  const service = made({ group: { Update: null } }).TaskGroups[0];
  const update = service?.Update;
  assert.deepEqual(
    [update?.Stagger, update?.MaxParallel, update?.HealthCheck, update?.MinHealthyTime],
    [30e9, 1, 'checks', 10e9],
  );
  assert.deepEqual([update?.HealthyDeadline, update?.ProgressDeadline], [300e9, 600e9]);
  assert.equal(service?.Migrate?.MaxParallel, 1);
  const policy = service?.ReschedulePolicy;
  assert.deepEqual([policy?.DelayFunction, policy?.Delay, policy?.MaxDelay], ['exponential', 30e9, 3600e9]);
  const affinity = { LTarget: '${node.class}', Operand: '=', RTarget: 'x' };
  assert.equal(made({ job: { Affinities: [affinity] } }).Affinities?.[0]?.Weight, 50);
});
