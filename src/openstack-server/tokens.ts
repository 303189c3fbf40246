/** Keystone's tokens: who gets one, and how long it is good. */
import type { JsonObject } from '../lib/json.ts';
import { objectOf, textOf } from './call.ts';
import type { Account, Setting } from './config.ts';
import { newHexId } from './identifier.ts';
import { Refusal, unauthorizedText } from './refusal.ts';

export interface Token {
  readonly id: string;
  readonly methods: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Without a project it opens no service. */
  readonly isScoped: boolean;
}

export interface TokenParts {
  readonly setting: Setting;
  readonly random: () => number;
  readonly now: () => number;
}

export class Tokens {
  readonly #parts: TokenParts;
  readonly #tokens = new Map<string, Token>();

  constructor(parts: TokenParts) {
    this.#parts = parts;
  }

  /**
   * Logs in.
   *
   * @param auth  `identity` with one method, and `scope`.
   * @throws 401 for anybody else.
   */
  issue(auth: JsonObject): Token {
    const identity = objectOf(auth, 'identity') ?? {};
    const methods = Array.isArray(identity['methods']) ? identity['methods'].map(String) : [];
    const { setting, now, random } = this.#parts;
    const issuedAt = now();
    const before = this.#prove(identity, methods, setting.account);
    const isScoped = methods.includes('application_credential') || this.#scope(auth, setting.account);
    const expiresAt = before?.expiresAt ?? issuedAt + setting.pace.tokenMs;
    const token = { id: `gAAAAA${newHexId(random)}${newHexId(random)}`, methods, issuedAt, expiresAt, isScoped };
    this.#tokens.set(token.id, token);
    return token;
  }

  /** @throws 401 unless the token is good now. */
  check(id: string | undefined): Token {
    const token = this.#tokens.get(id ?? '');
    if (token === undefined || token.expiresAt <= this.#parts.now()) throw unauthorized();
    return token;
  }

  /** What every service but Keystone asks. */
  checkScoped(id: string | undefined): void {
    if (!this.check(id).isScoped) throw unauthorized();
  }

  revoke(id: string): void {
    this.#tokens.delete(id);
  }

  /** Every token that was given out is good no more. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  /** @returns the token that proved it, if one did: the new one lives no longer. */
  #prove(identity: JsonObject, methods: readonly string[], account: Account): Token | undefined {
    for (const method of methods) {
      const proof = objectOf(identity, method) ?? {};
      if (method === 'token') return this.check(textOf(proof, 'id'));
      if (method === 'password' && provesPassword(proof, account)) continue;
      if (method === 'application_credential' && provesCredential(proof, account)) continue;
      throw unauthorized();
    }
    if (methods.length === 0) throw unauthorized();
    return undefined;
  }

  #scope(auth: JsonObject, account: Account): boolean {
    const scope = objectOf(auth, 'scope');
    if (scope === undefined) return false;
    const project = objectOf(scope, 'project') ?? {};
    const isProject =
      textOf(project, 'id') === account.projectId ||
      (textOf(project, 'name') === account.projectName && isDomain(objectOf(project, 'domain'), account));
    if (!isProject) throw unauthorized();
    return true;
  }
}

function provesPassword(proof: JsonObject, account: Account): boolean {
  const user = objectOf(proof, 'user') ?? {};
  return isUser(user, account) && textOf(user, 'password') === account.password;
}

function provesCredential(proof: JsonObject, account: Account): boolean {
  const { id, name, secret } = account.applicationCredential;
  const isIt =
    textOf(proof, 'id') === id || (textOf(proof, 'name') === name && isUser(objectOf(proof, 'user') ?? {}, account));
  return isIt && textOf(proof, 'secret') === secret;
}

function isUser(user: JsonObject, account: Account): boolean {
  const isNamed = textOf(user, 'name') === account.userName && isDomain(objectOf(user, 'domain'), account);
  return textOf(user, 'id') === account.userId || isNamed;
}

function isDomain(domain: JsonObject | undefined, account: Account): boolean {
  if (domain === undefined) return false;
  return textOf(domain, 'id') === account.domainId || textOf(domain, 'name') === account.domainName;
}

const unauthorized = () => new Refusal(401, unauthorizedText);
