/**
 * Who asks OpenStack, and where: each value from the plugin's block, else from the environment, else from `clouds.yaml`. Pure.
 * Source: spec os-nova.md §1.2, §3, §10 (20).
 */
import { goBool } from 'nomad-autoscaler/sdk';
import { OpenStackError } from './error.ts';
import { type Places, placeOf, settingOf, type Values } from './values.ts';

/** An ID or a name. */
export type Reference = { readonly id: string } | { readonly name: string };

/** How to log in. */
export type Login =
  | { readonly method: 'password'; readonly user: User; readonly password: string }
  | { readonly method: 'token'; readonly token: string }
  | { readonly method: 'application_credential'; readonly credential: Credential; readonly secret: string };

type User = { readonly id: string } | { readonly name: string; readonly domain: Reference };
type Credential = { readonly id: string } | { readonly name: string; readonly user: User };

/** What the token is good for. */
export type Scope =
  | { readonly system: { readonly all: true } }
  | { readonly project: { readonly id: string } | { readonly name: string; readonly domain: Reference } };

/** Which of the addresses of a service. */
export type Interface = 'public' | 'internal' | 'admin';

/** How the services are reached. */
export interface Access {
  /** As written, empty when nobody wrote one. */
  readonly authUrl: string;
  /** Undefined: `RegionOne`, or the only one. */
  readonly region: string | undefined;
  readonly interface: Interface;
  readonly caFile: string | undefined;
  readonly skipVerify: boolean;
  /** What the operator should know about the settings. */
  readonly warnings: readonly string[];
}

/** @throws `openstack_request_failed` (usage) for a name that is none of an interface. */
export function accessOf(places: Places): Access {
  const insecure = settingOf(places, 'insecure');
  const skipVerify = insecure === undefined ? false : goBool(insecure);
  return {
    authUrl: settingOf(places, 'authUrl') ?? '',
    region: settingOf(places, 'region'),
    interface: interfaceOf(settingOf(places, 'interface') ?? 'public'),
    caFile: settingOf(places, 'caFile'),
    skipVerify: skipVerify ?? false,
    warnings:
      skipVerify === undefined
        ? [`insecure_skip_verify is neither true nor false but "${insecure}": certificates are verified`]
        : [],
  };
}

/** `publicURL` is the older way to write it. */
function interfaceOf(text: string): Interface {
  const name = text.replace(/URL$/i, '').toLowerCase();
  if (name === 'public' || name === 'internal' || name === 'admin') return name;
  throw unusable(`interface "${text}" is none of public, internal, admin`);
}

/**
 * The first place that says anything of a way to log in decides which one it is; its parts may come from several places.
 *
 * @throws `openstack_request_failed` (usage) with upstream's texts where it has them.
 */
export function loginOf(places: Places): Login {
  const deciding = placeOf(places, [
    'applicationCredentialId',
    'applicationCredentialName',
    'applicationCredentialSecret',
    'password',
    'token',
    'username',
    'userId',
  ]);
  const token = settingOf(places, 'token');
  const byCredential = ['Id', 'Name', 'Secret'] as const;
  if (byCredential.some((part) => deciding[`applicationCredential${part}`] !== undefined)) {
    const secret = settingOf(places, 'applicationCredentialSecret');
    if (secret === undefined) throw unusable('application_credential_secret is missing');
    return { method: 'application_credential', credential: credentialOf(places), secret };
  }
  if (deciding.password === undefined && deciding.token !== undefined && token !== undefined) {
    return { method: 'token', token };
  }
  const user = userOf(places);
  const password = settingOf(places, 'password');
  if (password === undefined) throw unusable('You must provide a password to authenticate');
  return { method: 'password', user, password };
}

function credentialOf(places: Places): Credential {
  const { applicationCredentialId: id, applicationCredentialName: name } = placeOf(places, [
    'applicationCredentialId',
    'applicationCredentialName',
  ]);
  if (id !== undefined) return { id };
  if (name === undefined) throw unusable('application_credential_id is missing');
  return { name, user: userOf(places) };
}

function userOf(places: Places): User {
  const { userId, username } = placeOf(places, ['userId', 'username']);
  if (userId !== undefined) return { id: userId };
  if (username === undefined) throw unusable('You must provide exactly one of UserID or Username to authenticate');
  const place = placeOf(places, ['userDomainId', 'userDomainName', 'domainId', 'domainName']);
  const domain = one(place.userDomainId, place.userDomainName) ?? one(place.domainId, place.domainName);
  if (domain === undefined || isTorn(place, 'user')) {
    throw unusable('You must provide exactly one of DomainID or DomainName to authenticate by Username');
  }
  return { name: username, domain };
}

/**
 * @returns undefined for a token of what the user has as default, as also for an application credential: it has its own project.
 * @throws  like `loginOf`.
 */
export function scopeOf(places: Places, { method }: Login): Scope | undefined {
  if (method === 'application_credential') return undefined;
  const { systemScope, projectId, projectName } = placeOf(places, ['systemScope', 'projectId', 'projectName']);
  if (systemScope !== undefined) {
    if (systemScope === 'all') return { system: { all: true } };
    throw unusable(`system_scope "${systemScope}" is not all`);
  }
  if (projectId !== undefined) return { project: { id: projectId } };
  if (projectName === undefined) return undefined;
  const place = placeOf(places, ['projectDomainId', 'projectDomainName', 'domainId', 'domainName']);
  const domain = one(place.projectDomainId, place.projectDomainName) ?? one(place.domainId, place.domainName);
  if (domain === undefined || isTorn(place, 'project')) {
    throw unusable('You must provide exactly one of DomainID or DomainName in a Scope with ProjectName');
  }
  return { project: { name: projectName, domain } };
}

function one(id: string | undefined, name: string | undefined): Reference | undefined {
  if (id !== undefined) return { id };
  return name === undefined ? undefined : { name };
}

/** Says both of a domain, its ID and its name: they may be of two. */
function isTorn(place: Values, whose: 'user' | 'project'): boolean {
  const [id, name] = [place[`${whose}DomainId`], place[`${whose}DomainName`]];
  if (id !== undefined || name !== undefined) return id !== undefined && name !== undefined;
  return place.domainId !== undefined && place.domainName !== undefined;
}

/** What must not be seen anywhere. */
export function secretOf(login: Login): string {
  if (login.method === 'password') return login.password;
  return login.method === 'token' ? login.token : login.secret;
}

/** The settings cannot be used. */
export const unusable = (message: string): OpenStackError => new OpenStackError(message, { blame: 'usage' });
