/** A target's status between model/ and proto/. Pure. Source: spec plugins.md §3.2, §1.3. */
import { status as codes, RpcError } from '../goplugin/status.ts';
import { statusMetaKeys, type TargetStatus } from '../model/target.ts';
import { countFromWire, countToWire } from './convert.ts';
import type { StatusResponse } from './generated/plugins/target.ts';

/** What the model has a name for travels as meta, under keys that other hosts ignore. */
export function statusToWire(status: TargetStatus): StatusResponse {
  const { lastEventAt, desired, blockedBy, problem } = status;
  return {
    ready: status.ready,
    count: countToWire(status.count),
    meta: {
      ...status.meta,
      ...(lastEventAt === undefined
        ? {}
        : { [statusMetaKeys.lastEvent]: `${BigInt(Math.floor(lastEventAt)) * 1_000_000n}` }),
      ...(desired === undefined ? {} : { [statusMetaKeys.desired]: String(desired) }),
      ...(blockedBy === undefined ? {} : { [statusMetaKeys.blockedBy]: blockedBy }),
      ...(problem === undefined ? {} : { [statusMetaKeys.problem]: problem }),
    },
  };
}

/**
 * What a plugin answers with.
 *
 * @throws NOT_FOUND for a target that does not exist. Compat: an error to upstream's hosts.
 */
export function answerOf(found: TargetStatus | undefined): StatusResponse {
  if (found === undefined) throw new RpcError(codes.notFound, 'target does not exist');
  return statusToWire(found);
}

/** A key that cannot be read stays in the meta and counts as unknown. */
export function statusFromWire(response: StatusResponse): TargetStatus {
  const meta = { ...response.meta };
  const lastEventAt = takeNumber(meta, statusMetaKeys.lastEvent, (nanos) => Number(nanos / 1_000_000n));
  const desired = takeNumber(meta, statusMetaKeys.desired, Number);
  const blockedBy = takeText(meta, statusMetaKeys.blockedBy);
  const problem = takeText(meta, statusMetaKeys.problem);
  return {
    ready: response.ready,
    count: countFromWire(response.count),
    ...(desired === undefined ? {} : { desired }),
    // Compat: upstream takes 0 and less for no event.
    ...(lastEventAt === undefined || lastEventAt <= 0 ? {} : { lastEventAt }),
    ...(blockedBy ? { blockedBy } : {}),
    ...(problem ? { problem } : {}),
    meta,
  };
}

function takeText(meta: Record<string, string>, key: string): string | undefined {
  const text = meta[key];
  delete meta[key];
  return text;
}

function takeNumber(meta: Record<string, string>, key: string, convert: (value: bigint) => number): number | undefined {
  const text = meta[key];
  if (text === undefined || !/^[+-]?[0-9]{1,19}$/.test(text)) return undefined;
  delete meta[key];
  return convert(BigInt(text.replace(/^\+/, '')));
}
