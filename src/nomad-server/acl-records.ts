/** Tokens and policies as the state keeps them. Compat: spec nomad-api.md §1.9. */
import type { Rules } from './acl-rules.ts';

export interface AclPolicy {
  readonly Name: string;
  readonly Description: string;
  readonly Rules: string;
  readonly RulesJSON: Rules;
  readonly JobACL: null;
  readonly Hash: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface AclToken {
  readonly AccessorID: string;
  readonly SecretID: string;
  readonly Name: string;
  readonly Type: 'client' | 'management';
  readonly Policies: readonly string[] | null;
  readonly Roles: null;
  readonly Global: boolean;
  readonly Hash: string | null;
  readonly CreateTime: string;
  /** From then on it is nobody's. */
  readonly ExpirationTime: string | null;
  /** As it was asked for: `1h0m0s`. */
  readonly ExpirationTTL: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}
