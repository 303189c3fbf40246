/** Tokens and policies: who is asking, and what may be done. Compat: spec nomad-api.md §1.9. */
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

export type TokenWish = Pick<AclToken, 'Name' | 'Policies' | 'Global'> & { readonly Type: string };

const nameRule = /^[a-zA-Z0-9-]{1,128}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const malformed = 'failed to parse signed token: go-jose/go-jose: compact JWS format must have three parts';

const nobody: Omit<AclToken, 'AccessorID' | 'Name' | 'Policies'> = {
  ...{ SecretID: '', Type: 'client' as const, Roles: null, Global: false, Hash: null, CreateIndex: 0, ModifyIndex: 0 },
  ...{ CreateTime: '0001-01-01T00:00:00Z', ExpirationTime: null, ExpirationTTL: '' as const },
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
    if (token !== undefined) return token;
    if (!uuid.test(secret)) throw new MalformedToken(malformed);
    throw new Refusal(403, 'Permission denied');
  }

  accessOf(token: AclToken): Access {
    if (!this.isEnabled || token.Type === 'management') return fullAccess;
    return accessOf((token.Policies ?? []).flatMap((name) => this.policies.get(name)?.RulesJSON ?? []));
  }

  /** The first token of all. It works once. */
  bootstrap(): AclToken {
    if (this.#bootstrapIndex > 0) {
      throw new Refusal(400, `ACL bootstrap already done (reset index: ${this.#bootstrapIndex})`);
    }
    const token = this.#newToken({ Name: 'Bootstrap Token', Type: 'management', Policies: null, Global: true });
    this.#bootstrapIndex = token.CreateIndex;
    return token;
  }

  createToken(wish: TokenWish): AclToken {
    const { Name, Type, Global } = wish;
    const Policies = wish.Policies?.length ? wish.Policies : null;
    const problems: string[] = [];
    if (Name.length > 256) problems.push('token name too long');
    if (Type !== 'client' && Type !== 'management') problems.push('token type must be client or management');
    if (Type === 'client' && Policies === null) problems.push('client token missing policies or roles');
    if (Type === 'management' && Policies !== null) {
      problems.push('management token cannot be associated with policies or roles');
    }
    if (problems.length > 0) throw new Refusal(400, `token 0 invalid: ${errorList(problems)}`);
    return this.#newToken({ Name, Type: Type === 'management' ? Type : 'client', Policies, Global });
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

  #newToken(wish: Pick<AclToken, 'Name' | 'Type' | 'Policies' | 'Global'>): AclToken {
    const { random, clock } = this.#world;
    const { Name, Type, Policies, Global } = wish;
    return this.#write((index) => {
      const token: AclToken = {
        ...{ AccessorID: newId(random), SecretID: newId(random), Name, Type, Policies, Roles: null, Global },
        Hash: blake2b(Name, Type, ...(Policies ?? []), Global ? 'global' : 'local'),
        ...{ CreateTime: toTimestamp(clock.now()), ExpirationTime: null, ExpirationTTL: '' },
        ...{ CreateIndex: index, ModifyIndex: index },
      };
      this.tokens.put(index, token.AccessorID, token);
      this.#bySecret.set(token.SecretID, token);
      return token;
    });
  }

  #write<T>(write: (index: number) => T): T {
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      tx.touch('acl');
      return write(tx.index);
    });
  }
}

/** A secret that is no secret of Nomad's. */
export class MalformedToken extends Refusal {
  constructor(text: string) {
    super(403, text);
  }
}
