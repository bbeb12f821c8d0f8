import { callerOf } from './authentication.js';
import type { Answer, Call } from './call.js';
import { Form } from './form.js';
import type { JournalEntry } from './journal.js';
import { isPermitted } from './permission.js';
import { jsonReply, type Reply } from './reply.js';
import { errorBody, problemBody, TwilioError } from './twilio-error.js';
import { checkForm, type Target } from './twilio-path.js';
import type { Twilio } from './twilio.js';

/** A request as far as Twilio looks at it. */
export interface Received {
  readonly target: Target;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
  /** The path on the wire, without the query. */
  readonly path: string;
  readonly baseUrl: string;
  /** Requests of the account in flight, this one included. */
  readonly concurrent: number;
}

/** Validates a request in Twilio's order, carries it out, and writes down who sent it and what it changed. */
export function processRequest(
  twilio: Twilio,
  received: Received,
  entry: JournalEntry,
  headers: Reply['headers'],
): Reply {
  return answering(twilio, received, headers, () => {
    const { operation, call } = admit(twilio, received, entry);
    const answer = twilio.perform(operation, call);
    entry.effect = answer.effect;
    return answer;
  });
}

/** Switch `failedCreateConsumes`: uses up a push where a create could have succeeded, and leaves no Notification. */
export function consumePush(twilio: Twilio, received: Received, entry: JournalEntry): void {
  answering(twilio, received, {}, () => {
    twilio.notifications.consume(admit(twilio, received, entry).call);
    entry.effect = 'push-consumed';
    return { status: 200, body: undefined, effect: 'push-consumed' };
  });
}

/**
 * Authentication, then permission, concurrency, and the path's form; existence, body and state follow in the call
 * itself. The place of permission and the order of existence, body and state are assumptions.
 *
 * @throws TwilioError 20003, 70051, 20429, 20404, 20004, 60306
 */
function admit(twilio: Twilio, received: Received, entry: JournalEntry) {
  const { switches } = twilio;
  const caller = callerOf(received.authorization, twilio);
  if (caller === undefined) throw new TwilioError(20003);
  entry.principal = caller.principal;
  const { target } = received;
  if (target.operation && !isPermitted(caller, target.operation, target.params, switches)) throw new TwilioError(70051);
  if (received.concurrent > switches.maxConcurrentRequests) throw new TwilioError(20429);
  const { operation, params, query, problem } = target;
  if (problem) throw problem;
  checkForm(params, operation, switches);
  twilio.catchUp();
  const form = (): Form => readForm(received);
  const warn = (hint: string): void => void entry.warnings.push(hint);
  const call: Call = { params, query, form, caller, baseUrl: received.baseUrl, warn };
  return { operation, call };
}

function answering(twilio: Twilio, received: Received, headers: Reply['headers'], work: () => Answer): Reply {
  try {
    const answer = work();
    return jsonReply(answer.status, answer.body, { ...headers, ...answer.headers });
  } catch (error) {
    if (!(error instanceof TwilioError)) throw error;
    return refusal(error, twilio, received, headers);
  }
}

function refusal(error: TwilioError, { switches }: Twilio, received: Received, headers: Reply['headers']): Reply {
  const body = error.missing === undefined ? errorBody(error.code, error.status, error.message) : missingBody();
  const retryAfter = error.code === 20429 ? switches.throttleRetryAfterSeconds : null;
  const more = { ...headers, ...(retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }) };
  return switches.problemBodies
    ? jsonReply(error.status, problemBody(body), { ...more, 'Content-Type': 'application/problem+json' })
    : jsonReply(error.status, body, more);

  /** Twilio's message names the path, sometimes with `/v2` (switch `notFoundNamesVersion`). */
  function missingBody() {
    const specific = {
      factor: 60390,
      challenge: 60391,
      entity: 60392,
      service: undefined,
      webhook: undefined,
      'access-token': undefined,
    } as const;
    const code = error.missing && switches.notFoundCodes === 'specific' ? specific[error.missing] : undefined;
    if (code !== undefined) return errorBody(code, 404, new TwilioError(code).message);
    const path = switches.notFoundNamesVersion ? received.path : received.path.replace(/^\/v2(?=\/)/, '');
    return errorBody(20404, 404, `The requested resource ${path} was not found`);
  }
}

function readForm({ contentType, body }: Received): Form {
  const isForm = contentType?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
  // Any other body is refused, not ignored, so that a client's mistake is seen; what Twilio does is not documented.
  if (body !== '' && !isForm) throw new TwilioError(60300, 'the body must be application/x-www-form-urlencoded');
  return new Form(body);
}
