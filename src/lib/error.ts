/** Errors that say what was tried, on what, who can mend it, and whether trying again may help. */
import { withoutUrlSecrets } from './secret.ts';

/** Who can mend it: the operator, the other side, or we. */
export type Blame = 'usage' | 'remote' | 'internal';

/** What is known of an error beside its code and text. */
export interface ErrorFacts {
  readonly blame: Blame;
  /** True when the same call may succeed later without anybody mending anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** For a message that has to be somebody else's text: what is wrong and what to do, in one line and plain words. */
  readonly hint?: string | undefined;
}

/** An error by whose code callers decide. */
export class AutoscalerError extends Error {
  override readonly name: string = 'AutoscalerError';
  /** Stable, snake_case; callers decide by it, never by the message. */
  readonly code: string;
  readonly blame: Blame;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(code: string, message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.blame = facts.blame;
    this.retryable = facts.retryable ?? false;
    this.hint = facts.hint;
  }
}

/** Something the operator wrote or chose is wrong. */
export function usageError(code: string, message: string, cause?: unknown): AutoscalerError {
  return new AutoscalerError(code, message, { blame: 'usage', cause });
}

/**
 * A wrapper that adds what was being done; code, blame, retryable and hint are those of the cause. An abort is passed on as it is.
 *
 * @param subject  begins the hint: what it tells of.
 */
export function inContext(doing: string, cause: unknown, subject?: string): Error {
  if (isAbort(cause)) return cause;
  if (cause instanceof AutoscalerError)
    return new AutoscalerError(cause.code, doing, { ...factsOf(cause, subject), cause });
  return new AutoscalerError('unexpected', doing, { blame: 'internal', cause });
}

function factsOf({ blame, retryable, hint }: AutoscalerError, subject: string | undefined): ErrorFacts {
  return { blame, retryable, hint: hint === undefined || subject === undefined ? hint : `${subject} ${hint}` };
}

/** True for the error of an abort that somebody asked for: a stop, not a fault. */
export function isAbort(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AbortError';
}

/** The code that Node gives errors of the system and its own: `ENOENT`, `ERR_BUFFER_TOO_LARGE`. */
export function nodeCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The whole chain in one line: `what we did: what that did: why it failed`. Users and passwords of URLs are left out. */
export function explain(error: unknown): string {
  const parts: string[] = [];
  for (
    let at: unknown = error;
    at !== undefined && parts.length < 20;
    at = at instanceof Error ? at.cause : undefined
  ) {
    const text = at instanceof Error ? at.message : String(at);
    if (text !== '' && !parts.at(-1)?.includes(text)) parts.push(text);
  }
  return withoutUrlSecrets(parts.join(': '));
}

/** One line: the hint where there is one, else the whole chain. */
export function briefly(error: unknown): string {
  const hint = error instanceof AutoscalerError ? error.hint : undefined;
  return hint === undefined ? explain(error) : withoutUrlSecrets(hint);
}

/**
 * Several errors as one text: their number, a line for each behind a tab and a star, and an empty line.
 *
 * Compat: the form of Go's multierror, which upstream and Nomad use (agent.md §5.7).
 */
export function errorList(errors: readonly string[]): string {
  const head = errors.length === 1 ? '1 error occurred:' : `${errors.length} errors occurred:`;
  return `${head}\n${errors.map((text) => `\t* ${text}\n`).join('')}\n`;
}
