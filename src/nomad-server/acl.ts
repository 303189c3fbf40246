/** Tokens and policies: who is asking, and what may be done. Compat: spec nomad-api.md §1.9. */
import { formatDuration } from '../lib/duration.ts';
import { errorList } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import { type Access, accessOf, fullAccess } from './acl-access.ts';
import type { AclPolicy, AclToken } from './acl-records.ts';
import { parseRules } from './acl-rules.ts';
import { blake2b } from './blake2b.ts';
import { newId, toTimestamp } from './identity.ts';
import { Refusal } from './refusal.ts';
import type { StateStore } from './state-store.ts';
import { type SavedTable, Table } from './table.ts';

type TokenFacts = Pick<AclToken, 'Name' | 'Type' | 'Policies' | 'Global'>;

export interface TokenWish extends Omit<TokenFacts, 'Type'> {
  readonly Type: string;
  /** 0: until it is deleted. */
  readonly lifeMs: number;
}

const shortestLifeMs = 60_000;
const longestLifeMs = 24 * 3_600_000;

const nameRule = /^[a-zA-Z0-9-]{1,128}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const malformed = 'failed to parse signed token: go-jose/go-jose: compact JWS format must have three parts';

const nobody: Omit<AclToken, 'AccessorID' | 'Name' | 'Policies'> = {
  ...{ SecretID: '', Type: 'client' as const, Roles: null, Global: false, Hash: null, CreateIndex: 0, ModifyIndex: 0 },
  ...{ CreateTime: '0001-01-01T00:00:00Z', ExpirationTime: null, ExpirationTTL: '' },
};

/** Who asks without a token. A policy of the name `anonymous` says what that allows. */
const anonymous: AclToken = { ...nobody, AccessorID: 'anonymous', Name: 'Anonymous Token', Policies: ['anonymous'] };

/** Whoever asks while there are no ACLs. */
const withoutAcls: AclToken = { ...nobody, AccessorID: 'acls-disabled', Name: 'ACLs disabled token', Policies: null };

export class Acl {
  readonly isEnabled: boolean;
  /** By accessor, in the order in which they were made. */
  readonly tokens = new Table<AclToken>('acl tokens');
  readonly policies = new Table<AclPolicy>('acl policies');
  readonly #bySecret = new Map<string, AclToken>();
  readonly #world: World;
  readonly #store: StateStore;
  #bootstrapIndex = 0;

  constructor(world: World, store: StateStore, isEnabled: boolean) {
    this.#world = world;
    this.#store = store;
    this.isEnabled = isEnabled;
  }

  /** Of the first token; 0 while there is none. */
  get bootstrapIndex(): number {
    return this.#bootstrapIndex;
  }

  /** Takes up what was kept. */
  load(bootstrapIndex: number, policies: SavedTable<AclPolicy>, tokens: SavedTable<AclToken>): void {
    this.#bootstrapIndex = bootstrapIndex;
    this.policies.load(policies);
    this.tokens.load(tokens);
    for (const token of this.tokens.values()) this.#bySecret.set(token.SecretID, token);
  }

  /** @throws  a refusal when nobody has this secret. */
  tokenOf(secret: string): AclToken {
    if (!this.isEnabled) return withoutAcls;
    if (secret === '') return anonymous;
    const token = this.#bySecret.get(secret);
    if (token !== undefined && !this.#isOver(token)) return token;
    if (!uuid.test(secret)) throw new MalformedToken(malformed);
    throw new Refusal(403, 'Permission denied');
  }

  accessOf(token: AclToken): Access {
    if (!this.isEnabled || token.Type === 'management') return fullAccess;
    return accessOf((token.Policies ?? []).flatMap((name) => this.policies.get(name)?.RulesJSON ?? []));
  }

  #isOver({ ExpirationTime: end }: AclToken): boolean {
    return end !== null && Date.parse(end) <= this.#world.clock.now();
  }

  /** The first token of all. It works once. @param secret  of the token; '' makes a new one. */
  bootstrap(secret: string): AclToken {
    if (secret !== '' && !uuid.test(secret)) throw new Refusal(400, 'invalid acl token');
    if (this.#bootstrapIndex > 0) {
      throw new Refusal(400, `ACL bootstrap already done (reset index: ${this.#bootstrapIndex})`);
    }
    const facts: TokenFacts = { Name: 'Bootstrap Token', Type: 'management', Policies: null, Global: true };
    const token = this.#newToken(facts, 0, secret);
    this.#bootstrapIndex = token.CreateIndex;
    return token;
  }

  createToken(wish: TokenWish): AclToken {
    const { lifeMs } = wish;
    const tooShort = lifeMs !== 0 && lifeMs < shortestLifeMs ? [lifeProblem('less', shortestLifeMs)] : [];
    const tooLong = lifeMs > longestLifeMs ? [lifeProblem('more', longestLifeMs)] : [];
    return this.#newToken(checkedToken(wish, [...tooShort, ...tooLong]), lifeMs);
  }

  /** Its secret, its time and whether it is global stay what they are. */
  updateToken(before: AclToken, wish: TokenWish): AclToken {
    const isLonger = wish.lifeMs > 0 && formatDuration(wish.lifeMs) !== before.ExpirationTTL;
    const facts = checkedToken(wish, [
      ...(wish.Global === before.Global ? [] : ['cannot toggle global mode']),
      ...(isLonger ? ['cannot update expiration TTL'] : []),
    ]);
    return this.#write((index) => this.#keep(index, { ...before, ...facts, Hash: hashOf(facts), ModifyIndex: index }));
  }

  deleteToken(token: AclToken): void {
    this.#bySecret.delete(token.SecretID);
    this.#write((index) => this.tokens.delete(index, token.AccessorID));
  }

  putPolicy(Name: string, Description: string, Rules: string): void {
    const problems: string[] = [];
    if (!nameRule.test(Name)) problems.push(`invalid name '${Name}'`);
    const rules = parseRules(Rules);
    if ('problem' in rules) problems.push(rules.problem);
    if (Description.length > 256) problems.push('description longer than 256');
    if (problems.length > 0 || 'problem' in rules) {
      throw new Refusal(400, `policy 0 invalid: ${errorList(problems)}`);
    }
    const Hash = blake2b(Name, Description, Rules);
    const before = this.policies.get(Name);
    this.#write((index) =>
      this.policies.put(index, Name, {
        ...{ Name, Description, Rules, RulesJSON: rules, JobACL: null, Hash },
        ...{ CreateIndex: before?.CreateIndex ?? index, ModifyIndex: index },
      }),
    );
  }

  deletePolicy(name: string): void {
    this.#write((index) => this.policies.delete(index, name));
  }

  #newToken(facts: TokenFacts, lifeMs: number, secret = ''): AclToken {
    const { random, clock } = this.#world;
    const nowMs = clock.now();
    return this.#write((index) =>
      this.#keep(index, {
        ...{ AccessorID: newId(random), SecretID: secret || newId(random), ...facts, Roles: null },
        ...{ Hash: hashOf(facts), CreateTime: toTimestamp(nowMs) },
        ExpirationTime: lifeMs > 0 ? toTimestamp(nowMs + lifeMs) : null,
        ExpirationTTL: lifeMs > 0 ? formatDuration(lifeMs) : '',
        ...{ CreateIndex: index, ModifyIndex: index },
      }),
    );
  }

  #keep(index: number, token: AclToken): AclToken {
    this.tokens.put(index, token.AccessorID, token);
    this.#bySecret.set(token.SecretID, token);
    return token;
  }

  #write<T>(write: (index: number) => T): T {
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      tx.touch('acl');
      return write(tx.index);
    });
  }
}

/** @throws a refusal that tells all that is wrong, `problems` first. */
function checkedToken({ Name, Type, Global, ...wish }: TokenWish, problems: readonly string[]): TokenFacts {
  const Policies = wish.Policies?.length ? wish.Policies : null;
  const all = [...problems];
  if (Name.length > 256) all.push('token name too long');
  if (Type !== 'client' && Type !== 'management') all.push('token type must be client or management');
  if (Type === 'client' && Policies === null) all.push('client token missing policies or roles');
  if (Type === 'management' && Policies !== null) {
    all.push('management token cannot be associated with policies or roles');
  }
  if (all.length > 0) throw new Refusal(400, `token 0 invalid: ${errorList(all)}`);
  return { Name, Type: Type === 'management' ? Type : 'client', Policies, Global };
}

const lifeProblem = (how: 'less' | 'more', ms: number): string =>
  `expiration time cannot be ${how} than ${formatDuration(ms)} in the future`;

const hashOf = ({ Name, Type, Policies, Global }: TokenFacts): string =>
  blake2b(Name, Type, ...(Policies ?? []), Global ? 'global' : 'local');

/** A secret that is no secret of Nomad's. */
export class MalformedToken extends Refusal {
  constructor(text: string) {
    super(403, text);
  }
}
