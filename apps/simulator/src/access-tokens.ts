import { randomBytes } from 'node:crypto';

import type { Answer, Call } from './call.js';
import { twilioDate, type Clock } from './clock.js';
import { readIdentity } from './identity.js';
import { findService } from './lookup.js';
import type { AccessToken } from './records.js';
import { newSid } from './sid.js';
import type { Store } from './store.js';
import { notFound } from './twilio-error.js';

/** What a backend hands to a phone, so that it can register itself. */
export class AccessTokens {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly accountSid: string,
  ) {}

  /** `POST …/AccessTokens` */
  create(call: Call): Answer {
    const service = findService(this.store, call.params);
    const form = call.form();
    form.requiredOneOf('FactorType', ['push']);
    const accessToken: AccessToken = {
      sid: newSid('YK'),
      token: newToken(),
      identity: readIdentity(form),
      friendlyName: form.text('FactorFriendlyName', 64) ?? null,
      ttlSeconds: form.integer('Ttl', 60, 300) ?? 60,
      createdAt: this.clock.wholeSecond(),
    };
    service.accessTokens.set(accessToken.sid, accessToken);
    return { status: 201, body: this.json(accessToken, call), effect: 'access-token-created' };
  }

  /** `GET …/AccessTokens/{YK}`: until it has expired, then it is not found (assumption). */
  fetch(call: Call): Answer {
    const accessToken = findService(this.store, call.params).accessTokens.get(call.params.accessToken);
    if (!accessToken || hasExpired(accessToken, this.clock.now())) throw notFound('access-token');
    return { status: 200, body: this.json(accessToken, call), effect: 'none' };
  }

  private json(accessToken: AccessToken, call: Call) {
    return {
      sid: accessToken.sid,
      account_sid: this.accountSid,
      service_sid: call.params.service,
      entity_identity: accessToken.identity,
      factor_type: 'push',
      factor_friendly_name: accessToken.friendlyName,
      token: accessToken.token,
      url: `${call.baseUrl}/v2/Services/${call.params.service}/AccessTokens/${accessToken.sid}`,
      ttl: accessToken.ttlSeconds,
      date_created: twilioDate(accessToken.createdAt),
    };
  }
}

/** @param at simulated ms */
export function hasExpired({ createdAt, ttlSeconds }: AccessToken, at: number): boolean {
  return at >= createdAt + ttlSeconds * 1000;
}

/** In the form of Twilio's, an encrypted JWT, with nothing inside. */
function newToken(): string {
  const header = { cty: 'twilio-fpa;v=1', enc: 'A256GCM', alg: 'dir' };
  const part = (bytes: Buffer): string => bytes.toString('base64url');
  const [vector, content, tag] = [12, 300, 16].map((length) => part(randomBytes(length)));
  return `${part(Buffer.from(JSON.stringify(header)))}..${vector}.${content}.${tag}`;
}
