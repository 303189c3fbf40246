/** What an OpenStack service said no to, and what nobody knows the end of. */
import { AutoscalerError, type Blame, isJsonObject } from 'nomad-autoscaler/sdk';

/** A service's no. */
export interface Refusal {
  readonly status: number;
  /** As it came, cut to a length that a log line bears. */
  readonly body: string;
  /** The service's own sentence, taken out of the body; empty when there is none. */
  readonly reason: string;
  /** The project may have no more of it. Waiting does not help. */
  readonly isOverQuota: boolean;
}

interface Facts {
  readonly blame?: Blame;
  readonly retryable?: boolean;
  readonly refusal?: Refusal;
  readonly isAmbiguous?: boolean;
  readonly cause?: unknown;
}

/** An OpenStack request that came to nothing, or of which nobody knows. */
export class OpenStackError extends AutoscalerError {
  override readonly name = 'OpenStackError';
  readonly refusal: Refusal | undefined;
  /** A write whose answer was lost or says nothing: it may have happened. */
  readonly isAmbiguous: boolean;

  constructor(message: string, { blame = 'remote', retryable = false, refusal, isAmbiguous = false, cause }: Facts) {
    super('openstack_request_failed', message, { blame, retryable, cause });
    this.refusal = refusal;
    this.isAmbiguous = isAmbiguous;
  }
}

/** @returns what the service answered; undefined when it was no answer that failed the call. Looks through contexts. */
export function refusalOf(error: unknown): Refusal | undefined {
  return chain(error).find((one) => one.refusal !== undefined)?.refusal;
}

/**
 * True for a write that may have happened all the same. The abort of the caller's own signal is not among these, and leaves
 * as much open.
 */
export function isAmbiguous(error: unknown): boolean {
  return chain(error).some((one) => one.isAmbiguous);
}

function chain(error: unknown): readonly OpenStackError[] {
  const found: OpenStackError[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 20; at = at.cause, depth++) {
    if (at instanceof OpenStackError) found.push(at);
  }
  return found;
}

/** A refused request, in an error's words. */
export interface Refused {
  /** `GET http://127.0.0.1:8774/v2.1/servers` */
  readonly asked: string;
  readonly status: number;
  /** Without secrets. */
  readonly body: string;
  /** Statuses that would have been good. */
  readonly wanted: readonly number[];
  readonly isAmbiguous?: boolean;
}

/** Compat: the text of upstream's client; what a full quota says is put in front. */
export function refused({ asked, status, body, wanted, isAmbiguous = false }: Refused): OpenStackError {
  const reason = reasonIn(body);
  const isOverQuota = (status === 403 || status === 409 || status === 413) && /quota|over the limit/i.test(reason);
  const bare = body.trim();
  const shown = bare.length > longestBody ? `${bare.slice(0, longestBody)}…` : bare;
  const text = `Expected HTTP response code [${wanted.join(' ')}] when accessing [${asked}], but got ${status} instead: ${shown}`;
  return new OpenStackError(isOverQuota ? `${reason}: ${text}` : text, {
    retryable: !isOverQuota && (status === 409 || status === 429 || status >= 500),
    refusal: { status, body: shown, reason, isOverQuota },
    isAmbiguous,
  });
}

const longestBody = 1000;

/** `{"forbidden": {"code": 403, "message": "…"}}`, `{"NeutronError": {"message": …}}`, `{"faultstring": …}`: each service has its own. */
function reasonIn(body: string): string {
  const json = parsed(body);
  if (!isJsonObject(json)) return '';
  for (const one of [json, ...Object.values(json)]) {
    if (!isJsonObject(one)) continue;
    const text = one['message'] ?? one['faultstring'];
    if (typeof text === 'string') return text.slice(0, longestBody).trim().replace(/\.$/, '');
  }
  return '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A proxy's page says nothing that could be quoted.
  }
}
