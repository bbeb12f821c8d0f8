/** What the scripted service answers: one request is given one of these. */
export type ScriptedAnswer =
  | { readonly status: number; readonly body: string }
  /** The connection breaks. */
  | 'lost'
  /** Nothing comes, until the client gives up. */
  | 'never';

interface Told {
  readonly status?: string;
  readonly challenge?: string;
  readonly seconds?: number | null;
  readonly remaining?: number;
  readonly nextAction?: string;
}

const SID = 'YC00000000000000000000000000000000';

/** Answers as the service gives them. */
export const answer = {
  ready: (remaining = 2) => json(200, standing({ remaining })),
  coolingDown: (seconds: number, remaining = 1) =>
    json(200, standing({ status: 'cooling-down', seconds, remaining, nextAction: 'wait' })),
  inProgress: () => json(200, standing({ status: 'in-progress', seconds: 10, nextAction: 'wait' })),
  limited: (seconds: number | null) =>
    json(200, standing({ status: 'limited', seconds, nextAction: seconds === null ? 'use-other-factor' : 'wait' })),
  exhausted: () =>
    json(200, standing({ status: 'exhausted', seconds: null, remaining: 0, nextAction: 'use-other-factor' })),
  approved: () => json(200, closed('approved', 'proceed')),
  denied: () => json(200, closed('denied', 'stop')),
  expired: () => json(200, closed('expired', 'start-over')),
  /** A 201: the press sent a push. */
  sent: (seconds = 60, remaining = 1) =>
    json(201, {
      notification: { sid: 'NT00000000000000000000000000000000', ttlSeconds: 56, sentAt: '2026-03-02T10:01:34Z' },
      ...standing({ status: 'cooling-down', seconds, remaining, nextAction: 'open-app' }),
    }),
  /** An error of the service. `more` has the fields of its body, such as `retryAfterSeconds`. */
  problem,
  sessionInvalid: () => problem(401, 'session-invalid', { nextAction: 'start-over' }),
  /** The error page of a proxy. */
  html: (status: number) => ({ status, body: `<html><h1>${status}</h1></html>` }),
  lost: () => 'lost' as const,
  never: () => 'never' as const,
} satisfies Readonly<Record<string, (...details: never[]) => ScriptedAnswer>>;

function problem(status: number, code: string, more: Readonly<Record<string, unknown>> = {}): ScriptedAnswer {
  const type = `https://example.com/${code}`;
  return json(status, { type, title: code, status, code, requestId: 'a-request', ...more });
}

function json(status: number, body: object): ScriptedAnswer {
  return { status, body: JSON.stringify(body) };
}

function standing({ status = 'ready', challenge = 'pending', seconds = 0, remaining = 2, nextAction = 'tap' }: Told) {
  return {
    challenge: { sid: SID, status: challenge, expiresInSeconds: challenge === 'pending' ? 240 : 0 },
    resend: { status, availableInSeconds: seconds, remaining, limit: 2 },
    nextAction,
    pollAfterSeconds: challenge === 'pending' ? 2 : null,
  };
}

function closed(challenge: string, nextAction: string) {
  return standing({ status: 'closed', challenge, seconds: null, remaining: 0, nextAction });
}
