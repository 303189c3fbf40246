/**
 * The embedded server's own controls, under `/v1/_sim/`: clients that join and leave, and the load of jobs. No Nomad
 * has these. Bodies are JSON with the names of `NodeSpec` and `LoadCurve`.
 */
import { isJsonObject } from '../../lib/json.ts';
import { Input } from '../jobspec/input.ts';
import type { LoadCurve } from '../load.ts';
import type { NodeSpec } from '../node-record.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

export function simulationRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/_sim/nodes': (call) => byMethod(call, { write: () => join(parts, call) }),
      '/v1/_sim/load': (call) => byMethod(call, { write: () => setLoad(parts, call) }),
    },
    families: {
      '/v1/_sim/node/': (call, rest) => {
        const [name = '', action] = rest.split('/').map(decodeURIComponent);
        return byMethod(call, { write: () => steer(parts, name, action) });
      },
    },
  };
}

function join({ simulation }: ApiParts, call: Call): ApiResponse {
  return jsonReply({ ID: simulation.join(nodeSpec(new Input(call.json()))) }, call.isPretty);
}

function nodeSpec(input: Input): NodeSpec {
  const reserved = input.object('reserved');
  const numbers = ['cpuMhz', 'cores', 'memoryMb', 'diskMb', 'maxAllocations'] as const;
  const texts = ['id', 'datacenter', 'nodeClass', 'nodePool'] as const;
  return {
    name: input.text('name', 'client'),
    ...Object.fromEntries(texts.filter((key) => input.has(key)).map((key) => [key, input.text(key)])),
    ...Object.fromEntries(numbers.filter((key) => input.has(key)).map((key) => [key, input.number(key)])),
    attributes: input.strings('attributes') ?? {},
    meta: input.strings('meta') ?? {},
    ...(input.has('drivers') ? { drivers: input.texts('drivers') ?? [] } : {}),
    ...(reserved === undefined
      ? {}
      : {
          reserved: {
            ...{ cpuMhz: reserved.number('cpuMhz'), memoryMb: reserved.number('memoryMb') },
            diskMb: reserved.number('diskMb'),
          },
        }),
  };
}

function steer({ simulation }: ApiParts, name: string, action: string | undefined): ApiResponse {
  const node = simulation.find(name);
  if (node === undefined) throw new Refusal(404, `no node "${name}"`);
  if (action === 'leave') simulation.leave(node);
  else if (action === 'silence') simulation.fallSilent(node);
  else if (action === 'return') simulation.comeBack(node);
  else throw new Refusal(404, `a node can "leave", "silence" or "return", not "${action ?? ''}"`);
  return jsonReply({ ID: node.ID }, false);
}

/** `{"job","group","cpuMhz","memoryMb"}`, or `points` with `atMs`, and `repeats`. */
function setLoad({ load, world }: ApiParts, call: Call): ApiResponse {
  const input = new Input(call.json());
  const job = input.text('job');
  const group = input.text('group');
  if (job === '' || group === '') throw new Refusal(400, 'load needs "job" and "group"');
  const points = input.list('points');
  const curve: LoadCurve = {
    points: points === null ? [point(input)] : points.filter(isJsonObject).map((one) => point(new Input(one))),
    repeats: input.flag('repeats'),
  };
  load.setCurve(job, group, curve, world.clock.now());
  return jsonReply(null, false);
}

function point(input: Input): LoadCurve['points'][number] {
  return { atMs: input.number('atMs'), cpuMhz: input.number('cpuMhz'), memoryMb: input.number('memoryMb') };
}
