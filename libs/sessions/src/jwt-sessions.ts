import type { SessionReason } from '@resend/credential-reasons.js';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { inOneSpelling, sessionOfClaims, type UserClaims } from './access-token.js';
import type { JwtVerifier } from './jwt-verifier.js';

/** Sessions that are JWT access tokens: a claim is the identity, `challenge_sid` binds. Nothing is stored here. */
export class JwtSessions extends SessionDirectory {
  constructor(
    private readonly verifier: Pick<JwtVerifier, 'verify'>,
    private readonly expected: UserClaims = {},
  ) {
    super();
  }

  override async find(credential: string): Promise<Session | SessionReason> {
    const claims = await this.verifier.verify(credential);
    return typeof claims === 'string' ? claims : sessionOfClaims(claims, this.expected);
  }

  override countedBy(credential: string): string {
    return inOneSpelling(credential);
  }
}
