/** Jobs: the list, registering, and everything under one job. Compat: spec nomad-api.md §5. */
import { errorList } from '../../lib/error.ts';
import { goBool } from '../../lib/go-bool.ts';
import type { Allocation } from '../allocation.ts';
import { isTemplate } from '../derive.ts';
import { jobKey } from '../identity.ts';
import type { JobWrite } from '../jobs.ts';
import { Input } from '../jobspec/input.ts';
import { parseJob } from '../jobspec/parse.ts';
import { validateJob } from '../jobspec/validate.ts';
import { Refusal } from '../refusal.ts';
import { watchKey } from '../watch.ts';
import { answerAllocations, newest } from './allocations-answer.ts';
import { answer, type Query } from './blocking.ts';
import { type Call, notABool } from './call.ts';
import { type ApiResponse, jsonReply, readHeaders } from './http.ts';
import { dispatch, dispatchPayload, forceLaunch } from './job-launch.ts';
import { plan } from './job-plan.ts';
import { readScaleRequest, scaleStatusQuery } from './job-scale.ts';
import { jobStub } from './job-stub.ts';
import { removeTag, revert, setStable, setTag, versions } from './job-versions.ts';
import { isListed, pageOf, perPage } from './listing.ts';
import { withoutOldFields } from './older-forms.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';
import { servicesOfJob } from './services.ts';
import { refuseInvalid, submittedJob, warningsFor } from './submitted-job.ts';

export function jobRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/jobs': (call) => byMethod(call, { read: () => list(parts, call), write: () => register(parts, call) }),
      '/v1/jobs/parse': (call) =>
        byMethod(call, { write: () => jsonReply(parseJob(call.json(), parts.identity.legacy), call.isPretty) }),
      '/v1/validate/job': (call) => byMethod(call, { write: () => validate(parts, call) }),
    },
    families: { '/v1/job/': (call, rest) => oneJob(parts, call, rest) },
  };
}

type Suffixed = (parts: ApiParts, call: Call, id: string) => ApiResponse | Promise<ApiResponse>;

/** By what follows the ID; an ID may hold slashes, so the end of the path decides. */
const suffixes: Readonly<Record<string, Suffixed>> = {
  '/allocations': (parts, call, id) => byMethod(call, { read: () => allocations(parts, call, id) }),
  '/evaluations': (parts, call, id) => byMethod(call, { read: () => evaluations(parts, call, id) }),
  '/deployments': (parts, call, id) => byMethod(call, { read: () => deployments(parts, call, id, 'all') }),
  '/deployment': (parts, call, id) => byMethod(call, { read: () => deployments(parts, call, id, 'latest') }),
  '/summary': (parts, call, id) => summary(parts, call, id),
  '/versions': (parts, call, id) => versions(parts, call, id),
  '/submission': (parts, call, id) => byMethod(call, { read: () => submission(parts, call, id) }),
  '/actions': (parts, call, id) => byMethod(call, { read: () => actions(parts, call, id) }),
  '/services': (parts, call, id) => byMethod(call, { read: () => servicesOfJob(parts, call, id) }),
  '/scale': (parts, call, id) =>
    byMethod(call, {
      read: () => answer(parts.reader, call, scaleStatusQuery(parts.store, call.namespace, id)),
      write: () => scale(parts, call, id),
    }),
  '/dispatch': (parts, call, id) => byMethod(call, { write: () => dispatch(parts, call, id) }),
  '/dispatch/payload': (parts, call, id) => byMethod(call, { write: () => dispatchPayload(parts, call, id) }),
  '/periodic/force': (parts, call, id) => byMethod(call, { write: () => forceLaunch(parts, call, id) }),
  '/evaluate': (parts, call, id) => byMethod(call, { write: () => evaluate(parts, call, id) }),
  '/plan': (parts, call, id) => byMethod(call, { write: () => plan(parts, call, id) }),
  '/revert': (parts, call, id) => byMethod(call, { write: () => jobReply(revert(parts, call, id)) }),
  '/stable': (parts, call, id) => byMethod(call, { write: () => setStable(parts, call, id) }),
};

function oneJob(parts: ApiParts, call: Call, rest: string): ApiResponse | Promise<ApiResponse> {
  const [, tagged, name] = /^(.+)\/versions\/([^/]+)\/tag$/.exec(rest) ?? [];
  if (tagged !== undefined && name !== undefined) {
    return tagOf(parts, call, decodeURIComponent(tagged), decodeURIComponent(name));
  }
  const cut = rest.lastIndexOf('/');
  for (const at of [rest.lastIndexOf('/', cut - 1), cut]) {
    const handler = at > 0 ? suffixes[rest.slice(at)] : undefined;
    if (handler !== undefined) return handler(parts, call, decodeURIComponent(rest.slice(0, at)));
  }
  const id = decodeURIComponent(rest);
  return byMethod(call, {
    read: () => answer(parts.reader, call, jobQuery(parts, call.namespace, id)),
    write: () => register(parts, call, id),
    remove: () => deregister(parts, call, id),
  });
}

function tagOf(parts: ApiParts, call: Call, id: string, name: string) {
  return byMethod(call, {
    write: () => setTag(parts, call, id, name),
    remove: () => removeTag(parts, call, id, name),
  });
}

function jobQuery({ store }: ApiParts, namespace: string, id: string): Query {
  const key = jobKey(namespace, id);
  return {
    keys: [watchKey.job(key)],
    index: () => store.state.jobs.get(key)?.ModifyIndex ?? store.state.jobs.index,
    read: () => {
      const value = store.state.jobs.get(key);
      return value === undefined ? { missing: 'job not found' } : { value };
    },
  };
}

function list({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const { jobs, summaries } = store.state;
  const withMeta = call.flag('meta');
  perPage(call);
  return answer(reader, call, {
    keys: ['jobs', 'job summaries'],
    index: () => Math.max(jobs.index, summaries.index),
    read: () => {
      const isWanted = isListed(call);
      const rows = [...jobs.sorted()].filter((job) => isWanted(job.Namespace, job.ID));
      const page = pageOf(call, { rows, token: (job) => `${job.Namespace}.${job.ID}` });
      return {
        value: page.rows.map((job) => jobStub(job, summaries.get(jobKey(job.Namespace, job.ID)), withMeta)),
        nextToken: page.nextToken,
      };
    },
  });
}

/** @param id  the job's ID in the path. */
function register(parts: ApiParts, call: Call, id?: string): ApiResponse {
  const body = parts.identity.legacy ? withoutOldFields(call.json()) : call.json();
  const input = Input.strict(body, 'JobRegisterRequest');
  const submitted = input.object('Job');
  if (submitted === undefined) throw new Refusal(400, 'Job must be specified');
  if (!submitted.has('ID')) throw new Refusal(400, "Job ID hasn't been provided");
  if (id !== undefined && submitted.text('ID') !== id) throw new Refusal(400, 'Job ID does not match name');
  const evalPriority = input.number('EvalPriority');
  if (evalPriority !== 0) checkPriority(evalPriority);
  const job = submittedJob(parts, call, input, submitted);
  if (job.Type === 'system' && job.TaskGroups.some((group) => group.Scaling !== null)) {
    throw new Refusal(400, 'Task groups with job type system do not support scaling blocks');
  }
  refuseInvalid(parts, job);
  const source = input.object('Submission');
  const write = parts.jobs.register(job, {
    ...(input.flag('EnforceIndex') ? { enforceIndex: input.number('JobModifyIndex') } : {}),
    preserveCounts: input.flag('PreserveCounts'),
    preserveResources: input.flag('PreserveResources'),
    ...(evalPriority === 0 ? {} : { evalPriority }),
    ...(source === undefined
      ? {}
      : {
          submission: {
            ...{ Source: source.text('Source'), Format: source.text('Format') },
            ...{ VariableFlags: source.strings('VariableFlags'), Variables: source.text('Variables') },
          },
        }),
  });
  return jobReply(write, { warnings: warningsFor(parts, job) });
}

function checkPriority(priority: number): void {
  if (priority < 1 || priority > 100) throw new Refusal(400, 'Eval priority must be between 1 and 100 inclusively');
}

function jobReply(write: JobWrite, facts: { readonly warnings?: string; readonly knownLeader?: boolean } = {}) {
  const reply = {
    ...{ EvalID: write.evaluationId, EvalCreateIndex: write.evaluationIndex, JobModifyIndex: write.jobModifyIndex },
    Warnings: facts.warnings ?? '',
    ...{ Index: write.index, LastContact: 0, KnownLeader: facts.knownLeader ?? false, NextToken: '' },
  };
  return jsonReply(reply, false, { 'X-Nomad-Index': String(write.index) });
}

function validate(parts: ApiParts, call: Call): ApiResponse {
  const input = Input.strict(call.json(), 'JobValidateRequest');
  const submitted = input.object('Job');
  if (submitted === undefined) throw new Refusal(400, 'Job must be specified');
  const job = submittedJob(parts, call, input, submitted);
  const problems = validateJob(job, parts.jobMaxCount);
  const reply = {
    DriverConfigValidated: true,
    ValidationErrors: problems.length === 0 ? null : problems,
    Error: problems.length === 0 ? '' : errorList(problems),
    Warnings: warningsFor(parts, job),
  };
  return jsonReply(reply, call.isPretty);
}

function deregister({ jobs }: ApiParts, call: Call, id: string): ApiResponse {
  const purge = call.flag('purge');
  call.flag('global');
  // Nomad's own client always sends one: 0 stands for the job's.
  const priority = call.integer('eval_priority') || undefined;
  if (priority !== undefined) checkPriority(priority);
  const delay = call.query.get('no_shutdown_delay');
  // Compat: Nomad's own slip of a letter.
  if (delay && goBool(delay) === undefined) throw new Refusal(500, notABool('"no_shutdown_delay"q', delay));
  const write = jobs.deregister(call.namespace, id, purge, priority);
  const index = write?.index ?? 0;
  const reply = {
    ...{ EvalID: write?.evaluationId ?? '', EvalCreateIndex: write?.evaluationIndex ?? 0 },
    ...{ JobModifyIndex: write?.jobModifyIndex ?? 0, Index: index, KnownLeader: false, LastContact: 0, NextToken: '' },
    ...{ VolumeEvalID: '', VolumeEvalIndex: 0 },
  };
  return jsonReply(reply, false, { 'X-Nomad-Index': String(index) });
}

function scale({ scaler }: ApiParts, call: Call, id: string): ApiResponse {
  return jobReply(scaler.scale(call.namespace, id, readScaleRequest(call, id)), { knownLeader: true });
}

function evaluate({ jobs, store }: ApiParts, call: Call, id: string): ApiResponse {
  const input = call.request.body === '' ? undefined : new Input(call.json());
  if (input !== undefined && input.text('JobID') === '') throw new Refusal(400, 'Job ID must be specified');
  if (input !== undefined && input.text('JobID') !== id) throw new Refusal(400, 'JobID not same as job name');
  const job = store.job(call.namespace, id);
  if (job === undefined) throw new Refusal(500, 'job not found');
  if (job.Periodic !== null) throw new Refusal(500, "can't evaluate periodic job");
  if (isTemplate(job)) throw new Refusal(500, "can't evaluate parameterized job");
  return jobReply(jobs.evaluate(job, input?.object('EvalOptions')?.flag('ForceReschedule') ?? false));
}

function allocations(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { store } = parts;
  const key = jobKey(call.namespace, id);
  const rows = () => [...store.state.allocationsByJob.of(key).values()];
  const isWanted = (one: Allocation) => {
    const job = store.state.jobs.get(key);
    return call.query.get('all') === 'true' || one.Job.CreateIndex === job?.CreateIndex;
  };
  const wanted = () => rows().filter(isWanted);
  return answerAllocations(parts, call, watchKey.allocationsOfJob(key), wanted);
}

function evaluations({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const key = jobKey(call.namespace, id);
  const rows = () => [...store.state.evaluationsByJob.of(key).values()];
  return answer(reader, call, {
    keys: [watchKey.evaluationsOfJob(key)],
    index: () => newest(rows(), store.state.evaluations.index),
    read: () => ({ value: rows() }),
  });
}

function deployments({ reader, store }: ApiParts, call: Call, id: string, which: 'all' | 'latest') {
  const key = jobKey(call.namespace, id);
  const rows = () => [...store.state.deploymentsByJob.of(key).values()];
  const latest = () => store.latestDeployment(call.namespace, id);
  return answer(reader, call, {
    keys: [watchKey.deploymentsOfJob(key)],
    index: () => newest(which === 'all' ? rows() : [latest()], store.state.deployments.index),
    read: () => ({ value: which === 'all' ? rows() : (latest() ?? null) }),
  });
}

function summary({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const key = jobKey(call.namespace, id);
  const { summaries } = store.state;
  return answer(reader, call, {
    keys: [watchKey.job(key)],
    index: () => summaries.get(key)?.ModifyIndex ?? summaries.index,
    read: () => {
      const value = summaries.get(key);
      return value === undefined ? { missing: 'job not found' } : { value };
    },
  });
}

function submission({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const version = call.query.get('version') ?? '';
  if (!/^\d+$/.test(version)) throw new Refusal(400, 'Unable to parse job submission version parameter');
  const key = jobKey(call.namespace, id);
  return answer(reader, call, {
    keys: [watchKey.job(key)],
    index: () => store.state.submissions.index,
    read: () => {
      const value = store.state.submissions.get(key)?.find((one) => one.Version === Number(version));
      return value === undefined ? { missing: 'job source not found' } : { value };
    },
  });
}

/** Commands that tasks offer. */
function actions({ store }: ApiParts, call: Call, id: string): ApiResponse {
  const rows = (store.job(call.namespace, id)?.TaskGroups ?? []).flatMap((group) =>
    group.Tasks.flatMap((task) =>
      (task.Actions ?? []).map((one) => ({ Name: one['Name'], TaskGroupName: group.Name, TaskName: task.Name })),
    ),
  );
  return jsonReply(rows, call.isPretty, readHeaders(0, false));
}
