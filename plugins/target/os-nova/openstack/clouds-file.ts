/** `clouds.yaml`, as OpenStack's own tools keep it. Source: spec os-nova.md §1.2; OpenStack's "Configuring OpenStack SDK applications". */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, nodeCode, type PluginWorld } from 'nomad-autoscaler/sdk';
import { unusable } from './credentials.ts';
import { given, type Values } from './values.ts';

type Env = PluginWorld['env'];

/** @returns undefined for a file that is not there. */
export type ReadText = (path: string) => Promise<string | undefined>;

/**
 * What `clouds.yaml` and `secure.yaml` say of a cloud.
 *
 * @param name  the cloud's; without one no file is read.
 * @throws      `openstack_request_failed` (usage) for a cloud that is in no file, and for a file that is no YAML. Never quotes one.
 */
export async function cloudFromFiles(
  name: string | undefined,
  env: Env,
  read: ReadText = readIfThere,
): Promise<Values> {
  if (name === undefined || name === '') return {};
  const places = placesOf(env);
  const clouds = await firstFile('clouds', env['OS_CLIENT_CONFIG_FILE'], places, read);
  if (clouds === undefined) throw unusable(`cloud "${name}": there is no clouds.yaml in ${places.join(', ')}`);
  const found = cloudIn(clouds.json, name);
  if (found === undefined) throw unusable(`cloud "${name}" is not in ${clouds.path}`);
  const secure = await firstFile('secure', env['OS_CLIENT_SECURE_FILE'], places, read);
  return valuesOf({ ...found, ...(secure && cloudIn(secure.json, name)) });
}

/** Where OpenStack's tools look, the place that counts first in front. */
function placesOf(env: Env): readonly string[] {
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : undefined);
  return ['.', ...(home === undefined ? [] : [join(home, 'openstack')]), '/etc/openstack'];
}

interface YamlFile {
  readonly path: string;
  readonly json: JsonObject;
}

async function firstFile(
  stem: string,
  named: string | undefined,
  places: readonly string[],
  read: ReadText,
): Promise<YamlFile | undefined> {
  const paths = places.flatMap((place) => ['yaml', 'yml', 'json'].map((end) => join(place, `${stem}.${end}`)));
  for (const path of named ? [named, ...paths] : paths) {
    const text = await read(path);
    if (text !== undefined) return { path, json: await parseYaml(text, path) };
  }
  return undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = nodeCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(`${path} cannot be read: ${code ?? 'error'}`);
  }
}

/** The package is loaded for those who have such a file. Its texts are not shown: they quote the file, secrets and all. */
async function parseYaml(text: string, path: string): Promise<JsonObject> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw unusable(`${path}:${error.linePos?.[0].line ?? 1}: it is no YAML (${error.code})`);
  const json: unknown = document.toJS();
  if (!isJsonObject(json)) throw unusable(`${path} has no "clouds"`);
  return json;
}

/** Its keys in one map: what stands under `auth` may also stand beside it. */
function cloudIn(json: JsonObject, name: string): JsonObject | undefined {
  const { clouds } = json;
  const cloud = isJsonObject(clouds) && Object.hasOwn(clouds, name) ? clouds[name] : undefined;
  if (!isJsonObject(cloud)) return undefined;
  const { auth, ...beside } = cloud;
  return { ...beside, ...(isJsonObject(auth) ? auth : {}) };
}

function valuesOf(cloud: JsonObject): Values {
  const text = (...keys: readonly string[]): string | undefined => {
    const value = keys.map((key) => cloud[key]).find((one) => one !== undefined && one !== null && one !== '');
    return typeof value === 'object' || value === undefined ? undefined : String(value);
  };
  return given({
    authUrl: text('auth_url'),
    username: text('username'),
    userId: text('user_id'),
    password: text('password'),
    token: text('token'),
    applicationCredentialId: text('application_credential_id'),
    applicationCredentialName: text('application_credential_name'),
    applicationCredentialSecret: text('application_credential_secret'),
    domainId: text('domain_id'),
    domainName: text('domain_name'),
    userDomainId: text('user_domain_id'),
    userDomainName: text('user_domain_name'),
    projectDomainId: text('project_domain_id'),
    projectDomainName: text('project_domain_name'),
    projectId: text('project_id', 'tenant_id'),
    projectName: text('project_name', 'tenant_name'),
    systemScope: text('system_scope'),
    region: text('region_name'),
    interface: text('interface', 'endpoint_type'),
    caFile: text('cacert'),
    insecure: cloud['verify'] === false ? 'true' : text('insecure'),
  });
}
