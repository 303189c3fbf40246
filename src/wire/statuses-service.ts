/**
 * The other side of statuses.ts: answers a host's questions about many targets over one stream. A status that was known at
 * once and holds, as the session says, is answered for until it ends.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type Service, statusOf } from '../goplugin/service.ts';
import { RpcError, status } from '../goplugin/status.ts';
import type { Cancel } from '../lib/clock.ts';
import type { TargetSession } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import type { TargetStatus } from '../model/target.ts';
import { type Answers, type Questions, TargetStatusesService } from './generated/extension/statuses.ts';
import { numbers } from './numbers.ts';
import { answerOf } from './status.ts';

export function statusesService(session: TargetSession): Service {
  return {
    definition: TargetStatusesService,
    implementation: {
      ask: (call: ServerDuplexStream<Questions, Answers>) => converse(call, session),
    },
  };
}

interface Target {
  readonly config: StringMap;
  /** A copy of what was last sent: a plugin may change its own. */
  status?: TargetStatus;
  /** While that holds: ends the interest in its end. */
  release?: Cancel | undefined;
}

function converse(call: ServerDuplexStream<Questions, Answers>, session: TargetSession): void {
  const targets = new Map<number, Target>();
  /** What takes a question back that is not answered yet, by its number. */
  const running = new Map<number, AbortController>();
  let next: Answers | undefined;
  let isOver = false;

  /** What becomes known in the same turn goes out together. */
  const draft = (): Answers => {
    if (next !== undefined) return next;
    const answers: Answers = { answers: [], unchanged: [], holds: [], ended: [], confirmed: 0 };
    next = answers;
    queueMicrotask(() => {
      next = undefined;
      if (!isOver) call.write(answers);
    });
    return answers;
  };
  const fail = (question: number, target: number, error: unknown) => {
    draft().answers.push({ question, target, failure: statusOf(error) });
  };
  /** @returns whether the host knows the status now. */
  const settle = (question: number, id: number, target: Target, found: TargetStatus | undefined): boolean => {
    if (found !== undefined && target.status !== undefined && isSame(found, target.status)) {
      draft().unchanged.push(question);
      return true;
    }
    try {
      draft().answers.push({ question, target: id, status: answerOf(found) });
      if (found !== undefined) target.status = { ...found, meta: { ...found.meta } };
      return true;
    } catch (error) {
      fail(question, id, error);
      return false;
    }
  };
  const hold = (id: number, target: Target) => {
    let isOver = false;
    target.release ??= session.holds?.(target.config, () => {
      isOver = true;
      target.release = undefined;
      draft().ended.push(id);
    });
    if (isOver) target.release = undefined;
    if (target.release !== undefined) draft().holds.push(id);
  };
  const letGo = (id: number, target: Target) => {
    if (target.release === undefined) return;
    target.release();
    target.release = undefined;
    draft().ended.push(id);
  };

  const ask = (question: number, id: number) => {
    const target = targets.get(id);
    if (target === undefined) {
      return fail(question, id, new RpcError(status.invalidArgument, `target ${id} was not told of`));
    }
    const gone = new AbortController();
    let found: ReturnType<TargetSession['status']>;
    try {
      found = session.status(target.config, gone.signal);
      if (!(found instanceof Promise)) {
        if (settle(question, id, target, found)) hold(id, target);
        return;
      }
    } catch (error) {
      return fail(question, id, error);
    }
    running.set(question, gone);
    found
      .then(
        (late) => {
          letGo(id, target); // for this may be older than what was known at once meanwhile
          settle(question, id, target, late);
        },
        (error: unknown) => fail(question, id, error),
      )
      .finally(() => running.delete(question));
  };
  const finish = () => {
    isOver = true;
    for (const gone of running.values()) gone.abort();
    running.clear();
    for (const target of targets.values()) target.release?.();
    targets.clear();
  };

  call.on('data', ({ targets: told, first, about, takenBack, forgotten, confirm }: Questions) => {
    for (const { id, config } of told) targets.set(id, { config });
    for (const [index, id] of about.entries()) ask((first + index) % numbers, id);
    for (const question of takenBack) {
      running.get(question)?.abort();
      running.delete(question);
    }
    for (const id of forgotten) {
      targets.get(id)?.release?.();
      targets.delete(id);
    }
    if (confirm !== 0) draft().confirmed = confirm;
  });
  call.on('end', () => {
    finish();
    call.end();
  });
  call.on('error', finish); // the host has gone
  call.on('cancelled', finish);
}

function isSame(a: TargetStatus, b: TargetStatus): boolean {
  return (
    a.ready === b.ready &&
    a.count === b.count &&
    a.desired === b.desired &&
    a.lastEventAt === b.lastEventAt &&
    a.blockedBy === b.blockedBy &&
    isSameMeta(a.meta, b.meta)
  );
}

function isSameMeta(a: StringMap, b: StringMap): boolean {
  let size = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    size++;
  }
  for (const _ in b) size--;
  return size === 0;
}
