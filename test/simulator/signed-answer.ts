import { sign, type KeyObject } from 'node:crypto';

import type { Twilio } from 'twilio';

/** A compact ES256 JWT. */
export function signedJwt(header: object, claims: object, key: KeyObject): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ typ: 'JWT', alg: 'ES256', ...header })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** An answer of the API as the SDK's own client last saw it. */
export function lastAnswer(client: Pick<Twilio, 'httpClient'>) {
  const { statusCode = 0, body, headers } = client.httpClient.lastResponse ?? {};
  const json: unknown = typeof body === 'string' && body !== '' ? JSON.parse(body) : body;
  return { status: statusCode, body: json, headers: (headers ?? {}) as Record<string, string> };
}

/** What an app signs to answer the Challenge that it was last shown: the fields the header names, and its answer. */
export function answerTo({ body, headers }: ReturnType<typeof lastAnswer>, status: string, key: KeyObject): string {
  const fields = (headers['twilio-verify-signature-fields'] ?? '').split(',');
  const challenge = body as Record<string, unknown>;
  return signedJwt({}, { ...Object.fromEntries(fields.map((field) => [field, challenge[field]])), status }, key);
}
