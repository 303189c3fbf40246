/** One login that all services share: renewed before its end and when a service says no, once for everybody who waits. */
import { explain, type PluginWorld, unlessAborted } from 'nomad-autoscaler/sdk';
import type { Catalog } from './catalog.ts';
import { OpenStackError } from './error.ts';
import { type Identity, redacted, type Token } from './identity.ts';

export interface Session {
  readonly catalog: Catalog;
  /** A token that is good as far as is known. */
  token(signal: AbortSignal): Promise<string>;
  /** @returns another token than the one that a service did not take. */
  renew(rejected: string, signal: AbortSignal): Promise<string>;
  /** Takes the token out of a text that somebody else wrote. */
  hide(text: string): string;
  close(): Promise<void>;
}

/** After a renewal ahead of time has failed. */
const renewalPauseMs = 15_000;

/** Logs in. @throws what the login throws. */
export async function openSession(
  identity: Identity,
  { clock, log }: Pick<PluginWorld, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<Session> {
  const end = new AbortController();
  let current = await identity.logIn(signal).catch(async (error: unknown) => {
    await identity.close();
    throw error;
  });
  let renewAt = current.renewAt;
  let underWay: Promise<Token> | undefined;

  /** Nobody's signal ends it: others may wait for the same. It is bounded by itself. */
  function logInAgain(): Promise<Token> {
    underWay ??= identity
      .logIn(end.signal)
      .then((token) => {
        current = token;
        renewAt = token.renewAt;
        log.debug('logged in to OpenStack again');
        return token;
      })
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  }

  function renewAhead(): void {
    renewAt = clock.now() + renewalPauseMs;
    logInAgain().catch((error: unknown) => {
      if (!end.signal.aborted) log.warn('failed to renew the OpenStack token ahead of its end', { error });
    });
  }

  return {
    catalog: current.catalog,
    async token(signal) {
      const now = clock.now();
      if (now >= current.expiresAt) return (await unlessAborted(logInAgain(), signal)).id;
      if (now >= renewAt) renewAhead();
      return current.id;
    },
    async renew(rejected, signal) {
      // Somebody else may have had the same answer a moment ago.
      if (current.id !== rejected) return current.id;
      return (await unlessAborted(logInAgain(), signal)).id;
    },
    hide: (text) => text.replaceAll(current.id, redacted),
    async close() {
      end.abort(new OpenStackError('the connection to OpenStack was closed', { blame: 'internal' }));
      await underWay?.catch((error: unknown) => log.debug('login ended', { error: explain(error) }));
      await identity.close();
    },
  };
}
