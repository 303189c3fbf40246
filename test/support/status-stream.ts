/** Host and target plugin with a stream of statuses between them that carries bytes, but no network. */
import { EventEmitter } from 'node:events';
import type { Channel } from '../../src/goplugin/channel.ts';
import { status } from '../../src/goplugin/status.ts';
import { virtualClock } from '../../src/lib/clock.ts';
import type { TargetSession } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import type { TargetStatus } from '../../src/model/target.ts';
import { Answers, Questions } from '../../src/wire/generated/extension/statuses.ts';
import { StatusAsker } from '../../src/wire/statuses.ts';
import { statusesService } from '../../src/wire/statuses-service.ts';

export const counting = (count: number): TargetStatus => ({ ready: true, count, meta: { a: 'b' } });

type Verbs = Pick<TargetSession, 'status' | 'holds'>;

/**
 * @param carry  brings a message to the host or to the plugin, now or later, but in order; left out, at once.
 * @param alone  asks for one status by a call of its own; left out, the count is -1.
 */
export function statusStream(
  verbs: Verbs,
  carry: (to: 'host' | 'plugin', deliver: () => void) => void = (_, deliver) => deliver(),
  alone: TargetSession['status'] = () => Promise.resolve(counting(-1)),
) {
  const clock = virtualClock();
  const sent: Questions[] = [];
  const received: Answers[] = [];
  const askedAlone: StringMap[] = [];
  const streams: { end(code: number): void }[] = [];
  let refuses = false;
  const session: TargetSession = {
    ...verbs,
    scale: () => Promise.reject(new Error('not asked for')),
    setConfig: () => undefined,
    close: async () => undefined,
  };
  const converse = statusesService(session).implementation['ask'] as unknown as (call: EventEmitter) => void;
  const duplexStream = () => {
    let isOver = false;
    const unlessOver = (deliver: () => void) => () => {
      if (!isOver) deliver();
    };
    const host = Object.assign(new EventEmitter(), {
      write(message: Questions) {
        sent.push(message);
        const bytes = Questions.encode(message).finish();
        if (refuses) queueMicrotask(() => host.emit('status', { code: status.unimplemented }));
        else
          carry(
            'plugin',
            unlessOver(() => plugin.emit('data', Questions.decode(bytes))),
          );
      },
    });
    const plugin = Object.assign(new EventEmitter(), {
      write(message: Answers) {
        received.push(message);
        const bytes = Answers.encode(message).finish();
        carry(
          'host',
          unlessOver(() => host.emit('data', Answers.decode(bytes))),
        );
      },
      end: () => undefined,
    });
    converse(plugin);
    streams.push({
      end(code) {
        if (isOver) return;
        isOver = true;
        plugin.emit('cancelled');
        host.emit('status', { code });
      },
    });
    return host;
  };
  const asker = new StatusAsker(
    { duplexStream } as unknown as Pick<Channel, 'duplexStream'>,
    (config, signal) => {
      askedAlone.push(config);
      return alone(config, signal);
    },
    clock,
  );
  return {
    ask: asker.ask,
    asker,
    clock,
    sent,
    received,
    alone: askedAlone,
    streams,
    refuse: () => {
      refuses = true;
    },
  };
}
