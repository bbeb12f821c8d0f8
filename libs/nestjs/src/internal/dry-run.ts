import { Inject, Injectable } from '@nestjs/common';
import type { ResendPolicy } from '@resend/policy.js';
import { type Attribution, Ledger, Pause, type Standing } from '@resend/ports.js';
import type { RefusalCode } from '@resend/refusal-codes.js';
import { Refusal } from '@resend/refusals.js';
import { ResendService } from '@resend/resend.service.js';
import { type StandingBody, standingBody } from '../answers/standing-body.js';
import { RESEND_POLICY } from '../tokens.js';
import { challengeUse, policyUses, type PolicyUse } from './policy-uses.js';
import { nextActionAfter, tapAnswer, type TapAnswer } from './tap-answer.js';

/** The full decision about a simulated tap. */
export interface DryRunBody extends TapAnswer, Pick<StandingBody, 'challenge' | 'resend' | 'nextAction'> {
  readonly dryRun: true;
  readonly policies: readonly PolicyUse[];
}

/** Decides as a real tap would, including the call to Twilio, but writes nothing. */
@Injectable()
export class DryRun {
  constructor(
    private readonly resends: ResendService,
    private readonly ledger: Ledger,
    private readonly pause: Pause,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
  ) {}

  async of(identity: string, challengeSid: string, by: Attribution): Promise<{ standing: Standing; body: DryRunBody }> {
    const { standing, next } = await this.rehearsed(identity, challengeSid, by);
    const [overview, paused] = await Promise.all([this.ledger.overview(identity), this.pause.current()]);
    const answer = tapAnswer(next, paused);
    const state = standingBody(standing, challengeSid, this.policy);
    const ageMs = overview.challenges.find(({ sid }) => sid === challengeSid)?.ageMs;
    const tapped = { standing, ...(ageMs !== undefined && { ageMs }) };
    const body = {
      dryRun: true as const,
      ...answer,
      policies: [challengeUse(standing), ...policyUses(overview, this.policy, tapped)],
      ...(state.challenge && { challenge: state.challenge }),
      resend: state.resend,
      nextAction: nextActionAfter(answer, state),
    };
    return { standing, body };
  }

  /** A failed call to Twilio is part of the decision, as it would be for a tap; a failed ledger call is an error. */
  private async rehearsed(identity: string, challengeSid: string, by: Attribution) {
    try {
      const standing = await this.resends.rehearse({ identity }, challengeSid, by);
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
