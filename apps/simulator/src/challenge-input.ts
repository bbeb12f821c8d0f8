import { parseObject, type Form } from './form.js';
import type { Challenge, Factor } from './records.js';
import { TwilioError } from './twilio-error.js';

/** What a client asks for when it creates a Challenge. */
export type ChallengeInput = Pick<Challenge, 'message' | 'fields' | 'hiddenDetails' | 'expiresAt'>;

const DEFAULT_LIFE_MS = 5 * 60_000;
/** Longest life of a Challenge (Twilio: ExpirationDate). */
export const MAX_LIFE_MS = 60 * 60_000;

/**
 * Checks the body of a new Challenge against the limits of the OpenAPI description.
 *
 * @param now the whole second it is created in, in ms
 * @throws TwilioError 60306 on anything outside them
 */
export function readChallengeInput(form: Form, factor: Factor, now: number): ChallengeInput {
  const message = form.text('Details.Message', 256) ?? null;
  if (factor.type === 'push' && !message) throw new TwilioError(60306, 'Details.Message is required for push');
  return {
    message,
    fields: readFields(form.all('Details.Fields')),
    hiddenDetails: form.textMap('HiddenDetails'),
    expiresAt: readExpirationDate(form.text('ExpirationDate'), now),
  };
}

function readFields(texts: readonly string[]): Challenge['fields'] {
  if (texts.length > 20) throw new TwilioError(60306, 'more than 20 Details.Fields');
  return texts.map((text) => {
    const { label, value } = parseObject(text, 'Details.Fields');
    if (typeof label !== 'string' || label.length > 36 || typeof value !== 'string' || value.length > 128) {
      throw new TwilioError(60306, 'Details.Fields need a label of at most 36 and a value of at most 128');
    }
    return { label, value };
  });
}

function readExpirationDate(text: string | undefined, now: number): number {
  if (text === undefined) return now + DEFAULT_LIFE_MS;
  const at = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new TwilioError(60306, 'ExpirationDate is not an ISO 8601 date');
  if (at <= now || at > now + MAX_LIFE_MS) throw new TwilioError(60306, 'ExpirationDate is not within 60 minutes');
  return Math.floor(at / 1000) * 1000;
}
