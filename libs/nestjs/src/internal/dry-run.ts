import { Inject, Injectable } from '@nestjs/common';
import type { ResendPolicy } from '@resend/policy.js';
import { Ledgers, Pause, type Standing } from '@resend/ports.js';
import type { RefusalCode } from '@resend/refusal-codes.js';
import { Refusal } from '@resend/refusals.js';
import { ResendService } from '@resend/resend.service.js';
import { type StandingBody, standingBody } from '../answers/standing-body.js';
import { circumstances } from '../circumstances.js';
import { RESEND_POLICY } from '../tokens.js';
import { challengeUse, policyUses, type PolicyUse } from './policy-uses.js';
import { nextActionAfter, tapAnswer, type TapAnswer } from './tap-answer.js';

/** The whole decision about a tap that nobody makes. */
export interface DryRunBody extends TapAnswer, Pick<StandingBody, 'challenge' | 'resend' | 'nextAction'> {
  readonly dryRun: true;
  readonly policies: readonly PolicyUse[];
}

/** What a tap would be told: decides and asks as a tap does, and writes nothing anywhere. */
@Injectable()
export class DryRun {
  constructor(
    private readonly resends: ResendService,
    private readonly ledgers: Ledgers,
    private readonly pause: Pause,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
  ) {}

  async of(identity: string, challengeSid: string): Promise<{ standing: Standing; body: DryRunBody }> {
    const { standing, next } = await this.rehearsed(identity, challengeSid);
    const [overview, paused] = await Promise.all([
      this.ledgers.by(circumstances()).overview(identity),
      this.pause.current(),
    ]);
    const answer = tapAnswer(next, paused);
    const told = standingBody(standing, challengeSid, this.policy);
    const body = {
      dryRun: true as const,
      ...answer,
      policies: [challengeUse(standing), ...policyUses(overview, this.policy, standing)],
      ...(told.challenge && { challenge: told.challenge }),
      resend: told.resend,
      nextAction: nextActionAfter(answer, told),
    };
    return { standing, body };
  }

  /** That Twilio can not be asked is what a tap would be told, too; that the ledger can not is no answer. */
  private async rehearsed(identity: string, challengeSid: string) {
    try {
      const standing = await this.resends.rehearse({ identity }, challengeSid, circumstances());
      return { standing, next: standing.next };
    } catch (error) {
      if (!(error instanceof Refusal) || !error.details.standing) throw error;
      const { standing, waitMs } = error.details;
      const next: { code: RefusalCode; waitMs?: number } = {
        code: error.code,
        ...(waitMs !== undefined && { waitMs }),
      };
      return { standing, next };
    }
  }
}
