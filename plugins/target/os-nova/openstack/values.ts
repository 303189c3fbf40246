/** The same few settings from three places: the plugin's block, the environment, `clouds.yaml`. Pure. */
import type { CredentialConfig } from '../config-cloud.ts';

/** What one place says. Nothing in it is an empty text. */
export type Values = Readonly<Partial<Record<Name, string>>>;

type Name = keyof typeof variables;
type Env = Readonly<Record<string, string | undefined>>;

/** By the variables of the environment that say it, the one that counts first. */
const variables = {
  authUrl: ['OS_AUTH_URL'],
  username: ['OS_USERNAME'],
  userId: ['OS_USERID', 'OS_USER_ID'],
  password: ['OS_PASSWORD'],
  token: ['OS_TOKEN', 'OS_AUTH_TOKEN'],
  applicationCredentialId: ['OS_APPLICATION_CREDENTIAL_ID'],
  applicationCredentialName: ['OS_APPLICATION_CREDENTIAL_NAME'],
  applicationCredentialSecret: ['OS_APPLICATION_CREDENTIAL_SECRET'],
  domainId: ['OS_DOMAIN_ID'],
  domainName: ['OS_DOMAIN_NAME'],
  userDomainId: ['OS_USER_DOMAIN_ID'],
  userDomainName: ['OS_USER_DOMAIN_NAME'],
  projectDomainId: ['OS_PROJECT_DOMAIN_ID'],
  projectDomainName: ['OS_PROJECT_DOMAIN_NAME'],
  projectId: ['OS_PROJECT_ID', 'OS_TENANT_ID'],
  projectName: ['OS_PROJECT_NAME', 'OS_TENANT_NAME'],
  systemScope: ['OS_SYSTEM_SCOPE'],
  region: ['OS_REGION_NAME'],
  interface: ['OS_INTERFACE', 'OS_ENDPOINT_TYPE'],
  caFile: ['OS_CACERT'],
  insecure: ['OS_INSECURE'],
} as const satisfies Record<string, readonly string[]>;

/** What the plugin's block says. */
export function fromConfig(config: CredentialConfig): Values {
  const { regionName: region, cacertFile: caFile, insecureSkipVerify: insecure } = config;
  return given({ ...config, region, caFile, insecure });
}

/** What the `OS_*` variables say. */
export function fromEnv(env: Env): Values {
  const all = Object.entries(variables).map(([name, from]) => [name, from.map((one) => env[one]).find(Boolean)]);
  return given(Object.fromEntries(all));
}

/** Leaves out what is empty, and names that nobody knows. */
export function given(values: Readonly<Record<string, string | undefined>>): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, text]) => Object.hasOwn(variables, name) && text));
}

/** The places, the one that counts first in front. */
export type Places = readonly Values[];

/** @returns the first place that says any of these; an empty one when none does. What belongs together is never mixed. */
export function placeOf(places: Places, names: readonly Name[]): Values {
  return places.find((place) => names.some((name) => place[name] !== undefined)) ?? {};
}

/** The value from the first place that has it. */
export const settingOf = (places: Places, name: Name): string | undefined => placeOf(places, [name])[name];
