/** `PUT /v1/job/<id>/plan`: a dry run. Compat: spec nomad-api.md J8. */
import type { JobPlan } from '../../nomad/plan-types.ts';
import { dryRun } from '../dry-run.ts';
import { newId } from '../identity.ts';
import { refuseNowhere } from '../jobs.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { refuseInvalid, submittedJob, warningsFor } from './submitted-job.ts';

export function plan(parts: ApiParts, call: Call, id: string): ApiResponse {
  const { store, world } = parts;
  const input = Input.strict(call.json(), 'JobPlanRequest');
  const submitted = input.object('Job');
  if (submitted === undefined) throw new Refusal(400, 'Job must be specified');
  if (submitted.text('ID') === '') throw new Refusal(400, 'Job must have a valid ID');
  if (submitted.text('ID') !== id) throw new Refusal(400, 'Job ID does not match');
  const job = submittedJob(parts, call, input, submitted);
  refuseInvalid(parts, job);
  refuseNowhere(store, job);
  const context = { nowMs: world.clock.now(), newId: () => newId(world.random), random: world.random };
  const run = dryRun(store, job, input.flag('Diff'), context);
  const reply: JobPlan = { ...run, Warnings: warningsFor(parts, job) };
  return jsonReply(reply, call.isPretty, { 'X-Nomad-Index': String(run.Index) });
}
