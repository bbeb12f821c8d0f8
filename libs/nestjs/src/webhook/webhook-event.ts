import { parse } from 'node:querystring';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';

/** Whom events may be about. */
export interface VerifyServiceSids {
  readonly accountSid: string;
  readonly serviceSid: string;
}

/** What Twilio calls it; `other` is all that this service has no use for. */
export type WebhookEvent = 'challenge.approved' | 'challenge.denied' | 'other';

/** What a signed call says: a user has answered, or nothing for this service, or nothing that makes sense. */
export type Told =
  | {
      readonly kind: 'answered';
      readonly event: Exclude<WebhookEvent, 'other'>;
      readonly identity: string;
      readonly challengeSid: string;
      readonly status: 'approved' | 'denied';
    }
  | { readonly kind: 'ignored' | 'invalid'; readonly event: WebhookEvent };

/** The fields of a body: what is not there, not text, or there twice, is none. */
type Fields = (name: string) => string | undefined;

/** Reads the body of a call whose signature is good; nothing in it is believed to be well-formed. */
export function readEvent(body: string, isJson: boolean, own: VerifyServiceSids): Told {
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
    return () => undefined; // what is no JSON has no fields, and is told so: `invalid`
  }
}

function fieldsOf(parsed: unknown): Fields {
  const fields: Partial<Record<string, unknown>> = typeof parsed === 'object' ? { ...parsed } : {};
  return (name) => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
}
