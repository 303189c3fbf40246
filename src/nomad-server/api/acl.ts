/** Bootstrap, tokens and policies over HTTP. Compat: spec nomad-api.md §1.9. */
import { parseDuration } from '../../lib/duration.ts';
import { explain } from '../../lib/error.ts';
import type { AclToken } from '../acl-records.ts';
import { toMilliseconds } from '../identity.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Handler, type Routes } from './router.ts';

export function aclRoutes(parts: ApiParts): Routes {
  const { acl } = parts;
  /** There have to be ACLs, and a right to see them. */
  const guarded =
    (handler: Handler): Handler =>
    (call) => {
      if (!acl.isEnabled) throw new Refusal(400, 'ACL support disabled');
      return handler(call);
    };
  const ofManagement = (handler: Handler): Handler =>
    guarded((call) => {
      if (!call.access.isManagement) throw new Refusal(403, 'Permission denied');
      return handler(call);
    });
  const tokenNamed = (call: Call, id: string): AclToken => {
    const token = acl.tokens.get(id);
    const isOwn = token !== undefined && token.AccessorID === call.accessor;
    if (!call.access.isManagement && !isOwn) throw new Refusal(403, 'Permission denied');
    if (token === undefined) throw new Refusal(404, 'ACL token not found');
    return token;
  };
  return {
    exact: {
      '/v1/acl/bootstrap': guarded((call) =>
        byMethod(call, { write: () => written(acl.bootstrap(bodyOf(call)?.text('BootstrapSecret') ?? '')) }),
      ),
      '/v1/acl/tokens': ofManagement((call) =>
        byMethod(call, { read: () => list(parts, call, () => [...acl.tokens.values()].map(tokenStub)) }),
      ),
      '/v1/acl/token': ofManagement((call) => byMethod(call, { write: () => written(acl.createToken(wishOf(call))) })),
      '/v1/acl/token/self': (call) => byMethod(call, { read: () => self(parts, call) }),
      '/v1/acl/policies': guarded((call) => byMethod(call, { read: () => policies(parts, call) })),
    },
    families: {
      '/v1/acl/token/': (call, rest) =>
        guarded(() =>
          byMethod(call, {
            read: () => list(parts, call, () => tokenNamed(call, rest)),
            write: () => {
              if (!call.access.isManagement) throw new Refusal(403, 'Permission denied');
              const isNamed = bodyOf(call)?.text('AccessorID') === rest;
              if (!isNamed) throw new Refusal(400, 'Token accessor ID does not match request path');
              return written(acl.updateToken(tokenNamed(call, rest), wishOf(call)));
            },
            remove: () => {
              if (!call.access.isManagement) throw new Refusal(403, 'Permission denied');
              acl.deleteToken(tokenNamed(call, rest));
              return emptyReply(200, indexHeader(acl.tokens.index));
            },
          }),
        )(call),
      '/v1/acl/policy/': (call, rest) => guarded(() => onePolicy(parts, call, decodeURIComponent(rest)))(call),
    },
  };
}

const indexHeader = (index: number) => ({ 'X-Nomad-Index': String(index) });

const written = (token: AclToken): ApiResponse => jsonReply(token, false, indexHeader(token.ModifyIndex));

function wishOf(call: Call) {
  const input = new Input(call.json());
  return {
    ...{ Name: input.text('Name'), Type: input.text('Type'), Policies: input.texts('Policies') },
    ...{ Global: input.flag('Global'), lifeMs: lifeOf(input) },
  };
}

function bodyOf(call: Call): Input | undefined {
  return call.request.body === '' ? undefined : new Input(call.json());
}

/** The official client writes it as Go does, others as nanoseconds. */
function lifeOf(input: Input): number {
  const given = input.value('ExpirationTTL');
  if (typeof given !== 'string') return toMilliseconds(input.number('ExpirationTTL'));
  if (given === '') return 0;
  try {
    return parseDuration(given);
  } catch (cause) {
    throw new Refusal(400, explain(cause));
  }
}

/** Who may not read is refused at once. @param index  that of all tokens unless given. */
function list(
  { acl, reader }: ApiParts,
  call: Call,
  read: () => unknown,
  index = () => acl.tokens.index,
): Promise<ApiResponse> {
  read();
  return answer(reader, call, { keys: ['acl'], index, read: () => ({ value: read() }) });
}

function tokenStub({ SecretID: _, ExpirationTTL: __, ...stub }: AclToken) {
  return stub;
}

function self(parts: ApiParts, call: Call): Promise<ApiResponse> {
  const token = parts.acl.tokenOf(call.secret);
  return list(
    parts,
    call,
    () => token,
    () => token.ModifyIndex,
  );
}

/** Who does not manage sees the policies of the own token. */
function policies(parts: ApiParts, call: Call): Promise<ApiResponse> {
  const own = parts.acl.tokenOf(call.secret).Policies ?? [];
  const stubs = () => {
    const seen = [...parts.acl.policies.sorted()].filter((one) => call.access.isManagement || own.includes(one.Name));
    const rows = seen.filter((one) => one.Name.startsWith(call.prefix));
    return rows.map(({ Rules: _, RulesJSON: __, ...stub }) => stub);
  };
  return list(parts, call, stubs, () => Math.max(parts.acl.policies.index, 1));
}

function onePolicy(parts: ApiParts, call: Call, name: string): ApiResponse | Promise<ApiResponse> {
  const { acl, reader } = parts;
  const manage = () => {
    if (!call.access.isManagement) throw new Refusal(403, 'Permission denied');
  };
  return byMethod(call, {
    read: () => {
      if (!acl.tokenOf(call.secret).Policies?.includes(name)) manage();
      return answer(reader, call, {
        keys: ['acl'],
        index: () => acl.policies.get(name)?.ModifyIndex ?? acl.policies.index,
        read: () => {
          const value = acl.policies.get(name);
          return value === undefined ? { missing: 'ACL policy not found' } : { value };
        },
      });
    },
    write: () => {
      manage();
      const input = new Input(call.json());
      if (input.text('Name') !== name) throw new Refusal(400, 'ACL policy name does not match request path');
      acl.putPolicy(name, input.text('Description'), input.text('Rules'));
      return emptyReply(200, indexHeader(acl.policies.index));
    },
    remove: () => {
      manage();
      acl.deletePolicy(name);
      return emptyReply(200, indexHeader(acl.policies.index));
    },
  });
}
