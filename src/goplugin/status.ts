/** gRPC's status codes, their names in Go's texts, and the error that carries one. */
import { AutoscalerError } from '../lib/error.ts';

export const status = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

const goNames: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/**
 * A call that failed, on either side: a client receives it, a handler throws it to answer with that status.
 *
 * Codes: `plugin_unavailable` (retryable) when the process or its connection is gone, `deadline_exceeded` (retryable),
 * `plugin_failed` for every answer of the plugin itself.
 *
 * Compat: the message is what a Go host prints, `rpc error: code = Unknown desc = <details>`.
 */
export class RpcError extends AutoscalerError {
  override readonly name = 'RpcError';
  /** One of `status`. */
  readonly status: number;
  /** The other side's text. */
  readonly details: string;

  constructor(code: number, details: string) {
    super(codeOf(code), `rpc error: code = ${goNames[code] ?? `Code(${code})`} desc = ${details}`, {
      blame: 'remote',
      retryable: code === status.unavailable || code === status.cancelled || code === status.deadlineExceeded,
    });
    this.status = code;
    this.details = details;
  }
}

function codeOf(code: number): string {
  if (code === status.unavailable || code === status.cancelled) return 'plugin_unavailable';
  return code === status.deadlineExceeded ? 'deadline_exceeded' : 'plugin_failed';
}
