/** Keystone v3: versions, tokens, the catalogue. Compat: spec os-nova.md §3 and recorded answers. */
import { type Call, objectOf } from '../call.ts';
import type { Setting } from '../config.ts';
import { type ApiResponse, emptyReply, jsonReply, type Service, services } from '../http.ts';
import { toMicrosecond } from '../identifier.ts';
import { Refusal } from '../refusal.ts';
import { roots } from '../roots.ts';
import type { Routes } from '../router.ts';
import type { Token, Tokens } from '../tokens.ts';

/** What the catalogue calls each service, and the path of its endpoint below its root. */
const catalogue: Readonly<Record<Service, readonly [name: string, path: string]>> = {
  identity: ['keystone', '/v3'],
  compute: ['nova', '/v2.1'],
  image: ['glance', ''],
  network: ['neutron', ''],
  'load-balancer': ['octavia', ''],
};

const malformed =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.';

export function identityRoutes(setting: Setting, tokens: Tokens): Routes {
  return {
    'GET /': ({ base }) => jsonReply({ versions: { values: [version(base)] } }, 300),
    'GET /v3': ({ base }) => jsonReply({ version: version(base) }),
    'POST /v3/auth/tokens': (call) => {
      const auth = objectOf(call.json(), 'auth');
      if (auth === undefined) throw new Refusal(400, `Expecting to find auth in request body. ${malformed}`);
      const token = tokens.issue(auth);
      return shown(token, 201, setting, call);
    },
    'GET /v3/auth/tokens': (call) => {
      tokens.check(call.headers['x-auth-token']);
      return shown(tokens.check(call.headers['x-subject-token']), 200, setting, call);
    },
    'DELETE /v3/auth/tokens': (call) => {
      tokens.check(call.headers['x-auth-token']);
      tokens.revoke(tokens.check(call.headers['x-subject-token']).id);
      return emptyReply(204);
    },
  };
}

const version = (base: string) => ({
  ...{ id: 'v3.14', status: 'stable', updated: '2020-04-07T00:00:00Z' },
  links: [{ rel: 'self', href: `${base}/v3/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
});

function shown(token: Token, status: number, setting: Setting, call: Call): ApiResponse {
  const { account } = setting;
  const domain = { id: account.domainId, name: account.domainName };
  const body = {
    methods: token.methods,
    user: { domain, id: account.userId, name: account.userName, password_expires_at: null },
    audit_ids: [token.id.slice(6, 28)],
    expires_at: toMicrosecond(token.expiresAt),
    issued_at: toMicrosecond(token.issuedAt),
    ...(token.isScoped && {
      project: { domain, id: account.projectId, name: account.projectName },
      is_domain: false,
      roles: ['member', 'reader', 'load-balancer_member'].map((name, at) => ({
        id: `${at + 1}`.padStart(32, '0'),
        name,
      })),
      catalog: services.map((type, at) => entry(type, at, setting.region, call.base)),
    }),
  };
  return jsonReply({ token: body }, status, { 'x-subject-token': token.id, vary: 'X-Auth-Token' });
}

function entry(type: Service, at: number, region: string, base: string) {
  const [name, path] = catalogue[type];
  const id = (number: number) => `${number}`.padStart(32, '0');
  const endpoints = ['public', 'internal', 'admin'].map((kind, number) => ({
    ...{ id: id(10 * at + number), interface: kind, region_id: region, region },
    url: `${base}${roots[type]}${path}`,
  }));
  return { endpoints, id: id(at), type, name };
}
