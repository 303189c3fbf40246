/** What may happen to a cluster, as data: random courses of steps, and how each step is taken through the API. */
import fc from 'fast-check';
import type { NomadServer } from '../../src/nomad-server/server.ts';
import {
  type JobShape,
  jobJson,
  jobShapes,
  type NodeShape,
  nodeShapes,
  plainBatchJob,
} from '../support/nomad-arbitraries.ts';
import type { TestNomad } from '../support/nomad-server.ts';

/** Nodes, jobs and allocations are named by a number, modulo how many there are; a job to register by its slot. */
export type Step =
  | { readonly do: 'register'; readonly job: number; readonly shape: JobShape }
  | { readonly do: 'scale'; readonly job: number; readonly count: number }
  | { readonly do: 'stop' | 'purge' | 'revert' | 'evaluate' | 'reschedule'; readonly job: number }
  | { readonly do: 'dispatch' | 'launch' | 'stop children' }
  | { readonly do: 'promote' | 'fail rollout' | 'pause' | 'resume'; readonly job: number }
  | { readonly do: 'join'; readonly shape: NodeShape }
  | { readonly do: 'leave' | 'fall silent' | 'come back' | 'purge node'; readonly node: number }
  | { readonly do: 'drain'; readonly node: number; readonly deadlineS: number; readonly ignoreSystem: boolean }
  | { readonly do: 'end drain' | 'eligibility'; readonly node: number; readonly isEligible: boolean }
  | { readonly do: 'stop allocation' | 'restart allocation'; readonly allocation: number }
  | { readonly do: 'configure'; readonly algorithm: string; readonly preempts: boolean }
  | { readonly do: 'collect garbage' }
  | { readonly do: 'wait'; readonly ms: number };

/** The jobs that steps speak of. Each keeps its type. */
const slots = [
  { id: 'web', types: ['service'] },
  { id: 'work', types: ['batch'] },
  { id: 'every', types: ['system'] },
  { id: 'once', types: ['sysbatch'] },
  { id: 'api', types: ['service'] },
] as const;

/** Jobs that only run in copies of themselves. */
const templates = { dispatch: 'asked', launch: 'timed' } as const;

const number = fc.nat({ max: 9 });

const registers: fc.Arbitrary<Step> = fc.oneof(
  ...slots.map(({ types }, at) =>
    fc.record({ do: fc.constant('register' as const), job: fc.constant(at), shape: jobShapes(types) }),
  ),
);

const ofJobs = fc.record({
  do: fc.constantFrom(
    'stop',
    'purge',
    'revert',
    'evaluate',
    'reschedule',
    'promote',
    'fail rollout',
    'pause',
    'resume',
  ),
  job: number,
} as const);

const ofNodes = fc.record({
  do: fc.constantFrom('leave', 'fall silent', 'come back', 'come back', 'come back', 'purge node'),
  node: number,
} as const);

const drains = fc.record({
  do: fc.constant('drain' as const),
  node: number,
  deadlineS: fc.constantFrom(0, -1, 20, 120),
  ignoreSystem: fc.boolean(),
});

const waits = fc.record({
  do: fc.constant('wait' as const),
  ms: fc.constantFrom(0, 60, 500, 1500, 5000, 31_000, 310_000),
});

const others: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('dispatch', 'launch', 'stop children', 'collect garbage') } as const),
  fc.record({ do: fc.constantFrom('stop allocation', 'restart allocation'), allocation: number } as const),
  fc.record({
    do: fc.constant('configure' as const),
    algorithm: fc.constantFrom('binpack', 'spread'),
    preempts: fc.boolean(),
  }),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: registers },
  { weight: 6, arbitrary: waits },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('scale' as const), job: number, count: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: ofJobs },
  { weight: 3, arbitrary: ofNodes },
  { weight: 2, arbitrary: drains },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('end drain', 'eligibility', 'eligibility'),
      node: number,
      isEligible: fc.boolean(),
    } as const),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), shape: nodeShapes }) },
  { weight: 3, arbitrary: others },
);

/** A cluster, what happens to it, and the seed of all that is left to chance. */
export interface Course {
  readonly nodes: readonly NodeShape[];
  readonly steps: readonly Step[];
  readonly seed: number;
}

export const courses: fc.Arbitrary<Course> = fc.record({
  nodes: fc.array(nodeShapes, { minLength: 1, maxLength: 4 }),
  steps: fc.array(steps, { minLength: 1, maxLength: 30, size: 'max' }),
  seed: fc.nat({ max: 1000 }),
});

/** Jobs that a course can dispatch and launch, registered before it begins. */
export async function registerTemplates({ put }: TestNomad): Promise<void> {
  await put('/v1/jobs', { Job: jobJson(templates.dispatch, plainBatchJob, { ParameterizedJob: {} }) });
  await put('/v1/jobs', { Job: jobJson(templates.launch, plainBatchJob, { Periodic: { Spec: '0 0 1 1 *' } }) });
}

const nth = <T>(list: Iterable<T>, at: number): T | undefined => {
  const all = [...list];
  return all[at % all.length];
};

const jobsOf = (store: NomadServer['store']) =>
  slots.map(({ id }) => id).filter((id) => store.job('default', id) !== undefined);

/** Takes one step; one that makes no sense now changes nothing. */
export async function take(nomad: TestNomad, step: Step, names: () => string): Promise<void> {
  const { put, clock, server } = nomad;
  const { store, simulation } = server;
  const jobId = 'job' in step ? nth(jobsOf(store), step.job) : undefined;
  const node = 'node' in step ? nth(store.nodes(), step.node) : undefined;
  const rollout = jobId === undefined ? undefined : store.latestDeployment('default', jobId);
  switch (step.do) {
    case 'wait':
      return clock.advance(step.ms);
    case 'register': {
      const { status, text } = await put('/v1/jobs', { Job: jobJson(slots[step.job]?.id ?? '', step.shape) });
      if (status !== 200 && !text.includes('nonexistent node pool')) throw new Error(text);
      return;
    }
    case 'scale':
      await put(`/v1/job/${jobId}/scale`, { Count: step.count, Target: { Group: 'g0' } });
      return;
    case 'stop':
    case 'purge':
      await nomad.delete(`/v1/job/${jobId}?purge=${step.do === 'purge'}`);
      return;
    case 'revert': {
      const version = (store.job('default', jobId ?? '')?.Version ?? 0) - 1;
      await put(`/v1/job/${jobId}/revert`, { JobID: jobId, JobVersion: version });
      return;
    }
    case 'evaluate':
    case 'reschedule': {
      const ForceReschedule = step.do === 'reschedule';
      await put(`/v1/job/${jobId}/evaluate`, { JobID: jobId, EvalOptions: { ForceReschedule } });
      return;
    }
    case 'dispatch':
      await put(`/v1/job/${templates.dispatch}/dispatch`, {});
      return;
    case 'launch':
      await put(`/v1/job/${templates.launch}/periodic/force`);
      return;
    case 'stop children':
      for (const one of [...store.state.jobs.values()]) {
        if (one.ParentID !== '') await nomad.delete(`/v1/job/${encodeURIComponent(one.ID)}`);
      }
      return;
    case 'promote':
      await put(`/v1/deployment/promote/${rollout?.ID}`, { DeploymentID: rollout?.ID, All: true });
      return;
    case 'fail rollout':
      await put(`/v1/deployment/fail/${rollout?.ID}`);
      return;
    case 'pause':
    case 'resume':
      await put(`/v1/deployment/pause/${rollout?.ID}`, { DeploymentID: rollout?.ID, Pause: step.do === 'pause' });
      return;
    case 'join':
      simulation.join({ ...step.shape, name: names() });
      return;
    case 'leave':
      if (node !== undefined) simulation.leave(node);
      return;
    case 'fall silent':
      if (node !== undefined) simulation.fallSilent(node);
      return;
    case 'come back':
      if (node !== undefined) simulation.comeBack(node);
      return;
    case 'purge node':
      await put(`/v1/node/${node?.ID}/purge`);
      return;
    case 'drain': {
      const DrainSpec = { Deadline: step.deadlineS * 1e9, IgnoreSystemJobs: step.ignoreSystem };
      await put(`/v1/node/${node?.ID}/drain`, { DrainSpec });
      return;
    }
    case 'end drain':
      await put(`/v1/node/${node?.ID}/drain`, { DrainSpec: null, MarkEligible: step.isEligible });
      return;
    case 'eligibility':
      await put(`/v1/node/${node?.ID}/eligibility`, { Eligibility: step.isEligible ? 'eligible' : 'ineligible' });
      return;
    case 'stop allocation':
      await put(`/v1/allocation/${nth(store.state.allocations.values(), step.allocation)?.ID}/stop`);
      return;
    case 'restart allocation': {
      // It is answered when the tasks run again.
      void put(`/v1/client/allocation/${nth(store.state.allocations.values(), step.allocation)?.ID}/restart`, {});
      return;
    }
    case 'configure':
      await put('/v1/operator/scheduler/configuration', {
        SchedulerAlgorithm: step.algorithm,
        PreemptionConfig: {
          ...{ SystemSchedulerEnabled: true, SysBatchSchedulerEnabled: step.preempts },
          ...{ BatchSchedulerEnabled: step.preempts, ServiceSchedulerEnabled: step.preempts },
        },
      });
      return;
    case 'collect garbage':
      await put('/v1/system/gc');
  }
}
