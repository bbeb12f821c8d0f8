/** An answer of the service, or of whatever stands in front of it. */
export interface Answer {
  /** 0: no answer came. */
  readonly status: number;
  /** Undefined when it was not JSON, such as the page of a proxy. */
  readonly body?: unknown;
}

/** What is read of a body. Nothing else in it matters, and any of it may be missing. */
export interface Body {
  readonly challenge?: { readonly status?: string } | null;
  readonly resend?: {
    readonly status?: string;
    readonly availableInSeconds?: unknown;
    readonly remaining?: unknown;
  } | null;
  readonly nextAction?: string;
  readonly pollAfterSeconds?: unknown;
  readonly code?: string;
  readonly requestId?: string;
  readonly retryable?: boolean;
  readonly retryAfterSeconds?: unknown;
}

export function bodyOf({ body }: Answer): Body {
  return body ?? {};
}

/** A number of 0 or more; `otherwise` for anything else. */
export function numberOf<Otherwise>(value: unknown, otherwise: Otherwise): number | Otherwise {
  return typeof value === 'number' && value >= 0 ? value : otherwise;
}

/** 0: it was not told. */
export function retryAfterMs(answer: Answer): number {
  return numberOf(bodyOf(answer).retryAfterSeconds, 0) * 1000;
}

/**
 * Whether the same request may be repeated with the same key. Of an answer that is not the service's own (a proxy's page or
 * its JSON with a number as the code, a lost request) nobody knows whether the service saw the request.
 */
export function isRetryable(answer: Answer): boolean {
  const { status } = answer;
  const { code, retryable } = bodyOf(answer);
  return typeof code === 'string'
    ? retryable === true
    : status < 400 || status >= 500 || status === 408 || status === 429;
}
