/** Scaling policies. Compat: spec nomad-api.md §6. */
import type { ScalingPolicy } from '../../nomad/types.ts';
import { answer } from './blocking.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

export function scalingRoutes({ store, reader }: ApiParts): Routes {
  const { policies } = store.state;
  const index = () => Math.max(policies.index, 1);
  return {
    exact: {
      '/v1/scaling/policies': (call) =>
        byMethod(call, {
          read: () => {
            const { query, namespace, prefix, access } = call;
            const job = query.get('job');
            const type = query.get('type') ?? '';
            const isSeen = (target: ScalingPolicy['Target']) =>
              access.namespace(target?.['Namespace'] ?? '', 'list-scaling-policies', 'list-jobs');
            const isWanted = ({ ID, Type, Target }: ScalingPolicy) =>
              (namespace === '*' ? isSeen(Target) : Target?.['Namespace'] === namespace) &&
              (!job || Target?.['Job'] === job) &&
              Type.startsWith(type) &&
              ID.startsWith(prefix);
            const read = () => ({ value: [...policies.values()].filter(isWanted).map(policyStub) });
            return answer(reader, call, { keys: ['scaling policies'], index, read });
          },
        }),
    },
    families: {
      '/v1/scaling/policy/': (call, id) =>
        byMethod(call, {
          read: () =>
            answer(reader, call, {
              keys: ['scaling policies'],
              index: () => policies.get(id)?.ModifyIndex ?? index(),
              read: () => {
                const value = policies.get(id);
                return value === undefined ? { missing: 'policy not found' } : { value };
              },
            }),
        }),
    },
  };
}

function policyStub({ ID, Enabled, Type, Target, CreateIndex, ModifyIndex }: ScalingPolicy) {
  return { ID, Enabled, Type, Target, CreateIndex, ModifyIndex };
}
