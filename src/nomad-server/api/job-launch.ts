/** Dispatching parameterized jobs and launching periodic ones. Compat: spec nomad-api.md J17, J19. */
import type { ChildWrite } from '../child-job.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';

export function dispatch({ dispatcher }: ApiParts, call: Call, id: string): ApiResponse {
  const input = new Input(call.json());
  const other = input.text('JobID', id);
  if (other !== id) throw new Refusal(400, 'Job ID does not match');
  const write = dispatcher.dispatch(call.namespace, id, {
    payload: input.text('Payload'),
    meta: input.strings('Meta') ?? {},
    idPrefix: input.text('IdPrefixTemplate'),
    priority: input.number('Priority'),
    idempotencyToken: call.query.get('idempotency_token') ?? '',
  });
  return dispatchReply(write);
}

/** The body is the payload as it is. */
export function dispatchPayload({ dispatcher }: ApiParts, call: Call, id: string): ApiResponse {
  const payload = Buffer.from(call.request.body).toString('base64');
  const token = call.query.get('idempotency_token') ?? '';
  const request = { payload, meta: {}, idPrefix: '', priority: 0, idempotencyToken: token };
  return dispatchReply(dispatcher.dispatch(call.namespace, id, request));
}

function dispatchReply({ jobId, jobCreateIndex, ...write }: ChildWrite): ApiResponse {
  const reply = { DispatchedJobID: jobId, ...evaluationOf(write), JobCreateIndex: jobCreateIndex };
  return jsonReply(reply, false, { 'X-Nomad-Index': String(write.index) });
}

export function forceLaunch({ periodic }: ApiParts, call: Call, id: string): ApiResponse {
  const write = periodic.force(call.namespace, id);
  return jsonReply(evaluationOf(write), false, { 'X-Nomad-Index': String(write.index) });
}

const evaluationOf = (write: Pick<ChildWrite, 'evaluationId' | 'evaluationIndex' | 'index'>) => ({
  ...{ EvalID: write.evaluationId, EvalCreateIndex: write.evaluationIndex, Index: write.index },
});
