/** The one account of the simulator and what opens it. */
export interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKeySid: string;
  readonly apiKeySecret: string;
  /** The Verify service that exists from the start. */
  readonly serviceSid: string;
}

/** Well-formed and worthless. Composed here so that no secret scanner takes them for real ones. */
export const demoCredentials: Credentials = {
  accountSid: demoSid('AC', 1),
  authToken: 'simulator-auth-token'.padEnd(32, '0'),
  apiKeySid: demoSid('SK', 2),
  apiKeySecret: 'simulator-api-key-secret'.padEnd(32, '0'),
  serviceSid: demoSid('VA', 3),
};

function demoSid(prefix: string, number: number): string {
  return prefix + String(number).padStart(32, '0');
}

/**
 * Who sent a request: the account SID or API key SID of a valid Basic header, `bearer` for the token, else undefined.
 * Source: Twilio's REST security, Basic with `AC…:authToken` or `SK…:secret`, and OAuth 2.0 access tokens.
 *
 * @param bearerToken the one access token that is accepted; null: none is
 */
export function principalOf(
  authorization: string | undefined,
  accepted: Credentials,
  bearerToken: string | null,
): string | undefined {
  if (bearerToken !== null && /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] === bearerToken) return 'bearer';
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const password = rest.join(':');
  if (user === accepted.accountSid && password === accepted.authToken) return user;
  if (user === accepted.apiKeySid && password === accepted.apiKeySecret) return user;
  return undefined;
}
