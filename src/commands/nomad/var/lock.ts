/** `nomad var lock`: runs a program while a variable is locked. */
import { parseDuration } from '../../../lib/duration.ts';
import { boolFlag, integerFlag, textFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { variablePath } from './commands.ts';
import type { Variable } from './text.ts';

interface Locked extends Variable {
  readonly Lock?: { readonly ID: string };
}

/** A lock is renewed this many times before it would run out. */
const renewalsPerTtl = 2;

export const varLock = defineCommand({
  name: 'var lock',
  takes: '[options] <lock spec file reference> child...',
  synopsis: 'Acquire a lock over a variable',
  flags: { ttl: textFlag, delay: textFlag, 'max-retry': integerFlag, shell: boolFlag, verbose: boolFlag },
  async run(call) {
    const { client, signal, values, clock } = call;
    const [path, program, ...args] = call.operands;
    if (path === undefined || program === undefined) throw wrongUsage('Not enough arguments (expected >2)');
    const ttl = values.ttl ?? '15s';
    const url = variablePath(path);
    const lock = { TTL: ttl, LockDelay: values.delay ?? '15s' };
    const body = { Namespace: call.namespace, Path: path, Lock: lock };
    const acquire = { query: { 'lock-acquire': '' } };
    const failure = 'Lock error:locks';
    const held = (await attempt(failure, client.write('PUT', url, body, acquire, signal))).value as Locked;
    const mine = { ...body, Lock: { ...lock, ID: held.Lock?.ID ?? '' } };
    const renew = { query: { 'lock-renew': '' } };
    let cancel = clock.after(parseDuration(ttl) / renewalsPerTtl, renewed);
    try {
      return await call.execute(program, args);
    } finally {
      cancel();
      const release = { query: { 'lock-release': '' } };
      await attempt(failure, client.write('PUT', url, mine, release, signal));
    }

    function renewed(): void {
      // A lock that cannot be renewed is lost in the end; what holds it up now may pass.
      client.write('PUT', url, mine, renew, signal).catch((error: unknown) => call.err(String(error)));
      cancel = clock.after(parseDuration(ttl) / renewalsPerTtl, renewed);
    }
  },
});
