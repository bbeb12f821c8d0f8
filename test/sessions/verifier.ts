import { vi } from 'vitest';
import { JwtVerifier, type JwtVerifierOptions } from '@sessions/jwt-verifier.js';
import { AUDIENCE, type IdentityProvider } from './identity-provider.js';

/** Only the date: connections and deadlines go on by real time. */
export function pass(seconds: number): void {
  if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + seconds * 1000);
}

export function verifierOf(idp: IdentityProvider, more: Partial<JwtVerifierOptions> = {}): JwtVerifier {
  const { jwksUrl, issuer } = idp;
  return new JwtVerifier({ jwksUrl, issuer, audience: AUDIENCE, algorithms: ['RS256'], deadlineMs: 2000, ...more });
}
