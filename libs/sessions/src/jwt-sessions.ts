import { type Session, SessionDirectory } from '@resend/ports.js';
import { sessionOfClaims } from './checked-session.js';
import type { JwtVerifier } from './jwt-verifier.js';

/** Sessions that are JWT access tokens: `sub` is the identity, `challenge_sid` binds. Nothing is stored here. */
export class JwtSessions extends SessionDirectory {
  constructor(private readonly verifier: Pick<JwtVerifier, 'verify'>) {
    super();
  }

  override async find(credential: string): Promise<Session | undefined> {
    const claims = await this.verifier.verify(credential);
    return claims && sessionOfClaims(claims);
  }
}
