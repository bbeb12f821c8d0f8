import { createHash, createHmac } from 'node:crypto';
import type supertest from 'supertest';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';

/** What Twilio calls; a proxy takes `/push` away. */
export const PUBLIC_URL = 'https://login.example.com/push';
export const PATH = '/webhooks/twilio/verify';

export type Fields = Readonly<Record<string, string>>;

/** A webhook as somebody sends it, and what is wrong with it. */
export interface Call {
  readonly fields?: Fields;
  /** Instead of the fields: exactly this. */
  readonly body?: string;
  readonly encoding?: 'form' | 'json';
  /** After the path, in the address as in the signature: `?tenant=1`. */
  readonly query?: string;
  /** Signed instead of PUBLIC_URL and the path. */
  readonly signedUrl?: string;
  /** The signature's key; the account's unless given. */
  readonly authToken?: string;
  /** Instead of the right one; null: none. */
  readonly signature?: string | null;
  readonly headers?: Fields;
}

export interface WebhookRig extends Rig {
  /** What the simulator says of a user's answer, as fields. */
  fieldsOf(screen: Screen, status: 'approved' | 'denied'): Fields;
  call(call: Call): supertest.Test;
  /** Webhooks by what became of them, such as `challenge.approved learnt`: only what is not 0. */
  results(): Promise<Record<string, number>>;
}

/** A service with webhooks, which the simulator calls; signed for PUBLIC_URL. */
export async function startWebhookRig(environment: Record<string, string> = {}): Promise<WebhookRig> {
  const { accountSid, serviceSid, authToken } = demoCredentials;
  const rig = await startRig({ TWILIO_AUTH_TOKEN: authToken, PUBLIC_URL, ...environment });
  await callService(rig);

  return {
    ...rig,
    fieldsOf: ({ identity, challengeSid }, status) => ({
      uuid: crypto.randomUUID(),
      type: `challenge.${status}`,
      account_sid: accountSid,
      service_sid: serviceSid,
      entity_identity: identity,
      factor_sid: `YF${'0'.repeat(32)}`,
      factor_type: 'push',
      challenge_sid: challengeSid,
    }),
    call: ({ headers = {}, ...call }) => {
      const { query, body, type, signature } = composed(call);
      const request = rig.api.post(PATH + query).set({ 'content-type': type, ...headers });
      return (signature === null ? request : request.set('x-twilio-signature', signature)).send(body);
    },
    results: async () => {
      const { text } = await rig.ops.get('/metrics').expect(200);
      const counted = text.matchAll(/^push_resend_webhooks_total\{event="([^"]+)",result="([^"]+)"\} ([1-9]\d*)$/gm);
      return Object.fromEntries([...counted].map(([, event, result, count]) => [`${event} ${result}`, Number(count)]));
    },
  };
}

/** A call as it is sent, with its signature. */
export function composed({ fields = {}, encoding = 'form', query: given = '', ...call }: Call) {
  const isJson = encoding === 'json';
  const body = call.body ?? (isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString());
  const hash = `bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  const query = isJson ? `${given}${given === '' ? '?' : '&'}${hash}` : given;
  const signedUrl = (call.signedUrl ?? PUBLIC_URL + PATH) + query;
  const right = sign(call.authToken ?? demoCredentials.authToken, signedUrl, isJson ? {} : fields);
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded; charset=UTF-8';
  return { query, body, type, signature: call.signature === undefined ? right : call.signature };
}

/** Twilio's signature, written out: HMAC-SHA1 over the address and the fields sorted by name, in base64. */
export function sign(authToken: string, url: string, fields: Fields): string {
  const names = Object.keys(fields).toSorted();
  const signed = url + names.map((name) => name + (fields[name] ?? '')).join('');
  return createHmac('sha1', authToken).update(signed).digest('base64');
}

/** Has the simulator call the service about Challenges, as an account does: through Twilio's own API. */
async function callService(rig: Rig): Promise<void> {
  const { apiKeySid, apiKeySecret, serviceSid } = demoCredentials;
  const { baseUrl } = await rig.simulate<{ baseUrl: string }>('GET', '');
  const url = `http://127.0.0.1:${rig.ports.public}${PATH}`;
  const form = new URLSearchParams({ FriendlyName: 'resend', EventTypes: 'challenge.approved', WebhookUrl: url });
  form.append('EventTypes', 'challenge.denied');
  const authorization = `Basic ${Buffer.from(`${apiKeySid}:${apiKeySecret}`).toString('base64')}`;
  const made = await fetch(`${baseUrl}/v2/Services/${serviceSid}/Webhooks`, {
    method: 'POST',
    headers: { authorization },
    body: form,
  });
  if (made.status !== 201) throw new Error(`the webhook was not made: ${made.status} ${await made.text()}`);
  await rig.simulate('POST', '/switches', { webhookSignedUrl: PUBLIC_URL + PATH });
}
