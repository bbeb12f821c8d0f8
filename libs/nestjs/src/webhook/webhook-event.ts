import { parse } from 'node:querystring';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';

/** The Verify Service whose events are accepted. */
export interface VerifyServiceSids {
  readonly accountSid: string;
  readonly serviceSid: string;
}

/** Twilio's name of the event; `other` is every event that this service ignores. */
export type WebhookEvent = 'challenge.approved' | 'challenge.denied' | 'other';

/** The content of a signed call: a user's answer, an event that does not concern this service, or invalid input. */
export type WebhookMessage =
  | {
      readonly kind: 'answered';
      readonly event: Exclude<WebhookEvent, 'other'>;
      readonly identity: string;
      readonly challengeSid: string;
      readonly status: 'approved' | 'denied';
    }
  | { readonly kind: 'ignored' | 'invalid'; readonly event: WebhookEvent };

/** The fields of a body. Missing, non-string and repeated fields read as undefined. */
type Fields = (name: string) => string | undefined;

/** Reads the body of a call whose signature is valid. The body itself may still be malformed. */
export function readEvent(body: string, isJson: boolean, own: VerifyServiceSids): WebhookMessage {
  const field = isJson ? fieldsOfJson(body) : fieldsOf(parse(body));
  const type = field('type');
  if (type === undefined) return { kind: 'invalid', event: 'other' };
  const event = type === 'challenge.approved' || type === 'challenge.denied' ? type : 'other';
  if (event === 'other') return { kind: 'ignored', event };

  const [account, service] = [field('account_sid'), field('service_sid')];
  if (account === undefined || service === undefined) return { kind: 'invalid', event };
  if (account !== own.accountSid || service !== own.serviceSid) return { kind: 'ignored', event };

  const [identity, challengeSid] = [field('entity_identity') ?? '', field('challenge_sid') ?? ''];
  if (!IDENTITY.test(identity) || !CHALLENGE_SID.test(challengeSid)) return { kind: 'invalid', event };
  const status = event === 'challenge.approved' ? 'approved' : 'denied';
  return { kind: 'answered', event, identity, challengeSid, status };
}

function fieldsOfJson(body: string): Fields {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return () => undefined; // not JSON: no fields, so the call is `invalid`
  }
}

function fieldsOf(parsed: unknown): Fields {
  const fields: Partial<Record<string, unknown>> = typeof parsed === 'object' ? { ...parsed } : {};
  return (name) => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
}
