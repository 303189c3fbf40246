/** The other side of statuses.ts: answers a host's questions about many targets over one stream. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type Service, statusOf } from '../goplugin/service.ts';
import { RpcError, status } from '../goplugin/status.ts';
import type { TargetSession } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import type { TargetStatus } from '../model/target.ts';
import {
  type Answer,
  type Answers,
  type Question,
  type Questions,
  TargetStatusesService,
} from './generated/extension/statuses.ts';
import { answerOf } from './status.ts';

export function statusesService(session: TargetSession): Service {
  return {
    definition: TargetStatusesService,
    implementation: {
      ask: (call: ServerDuplexStream<Questions, Answers>) => converse(call, session),
    },
  };
}

function converse(call: ServerDuplexStream<Questions, Answers>, session: TargetSession): void {
  const targets = new Map<number, StringMap>();
  const running = new Map<number, AbortController>();
  let answers: Answer[] = [];
  let isOver = false;

  const send = () => {
    if (!isOver) call.write({ answers });
    answers = [];
  };
  /** What becomes known in the same turn goes out together. */
  const put = (answer: Answer) => {
    if (answers.push(answer) === 1) queueMicrotask(send);
  };
  const settle = (id: number, found: TargetStatus | undefined) => {
    try {
      put({ id, status: answerOf(found) });
    } catch (error) {
      fail(id, error);
    }
  };
  const fail = (id: number, error: unknown) => put({ id, failure: statusOf(error) });

  const ask = ({ id, target }: Question) => {
    const config = targets.get(target);
    if (config === undefined) return fail(id, new RpcError(status.invalidArgument, `target ${target} was not told of`));
    const gone = new AbortController();
    let found: ReturnType<TargetSession['status']>;
    try {
      found = session.status(config, gone.signal);
    } catch (error) {
      return fail(id, error);
    }
    if (!(found instanceof Promise)) return settle(id, found);
    running.set(id, gone);
    found
      .then(
        (late) => settle(id, late),
        (error: unknown) => fail(id, error),
      )
      .finally(() => running.delete(id));
  };
  const finish = () => {
    isOver = true;
    for (const gone of running.values()) gone.abort();
    running.clear();
  };

  call.on('data', (message: Questions) => {
    for (const { id, config } of message.targets) targets.set(id, config);
    for (const question of message.questions) ask(question);
    for (const id of message.takenBack) {
      running.get(id)?.abort();
      running.delete(id);
    }
    for (const id of message.forgotten) targets.delete(id);
  });
  call.on('end', () => {
    finish();
    call.end();
  });
  call.on('error', finish); // the host has gone
  call.on('cancelled', finish);
}
