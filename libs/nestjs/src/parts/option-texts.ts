import { VerifyGateway } from '@resend/ports.js';
import type { CompletedOptions } from './completed-options.js';

const BLANK_AT_AN_END = /^[\s\p{Cf}]|[\s\p{Cf}]$/u;

/**
 * One complaint for each text with surrounding whitespace or several lines: stray whitespace would silently change a
 * secret.
 */
export function aboutTexts(options: CompletedOptions): string[] {
  const { twilio, session, webhook, consumers, origins, identityHashSecret, keyPrefix, problemBaseUri } = options;
  return Object.entries({ twilio, session, webhook, consumers, origins, identityHashSecret, keyPrefix, problemBaseUri })
    .flatMap(([name, option]) => textsOf(name, option))
    .filter(([, text]) => BLANK_AT_AN_END.test(text) || /[\r\n]/.test(text))
    .map(([place]) => `${place}: must be one line without leading or trailing whitespace or invisible characters`);
}

/**
 * Every text in an option, with its path: `session.secrets.0`. A custom gateway has none.
 * @param depth maximum nesting depth: the options have three levels
 */
function textsOf(place: string, value: unknown, depth = 3): (readonly [place: string, text: string])[] {
  if (typeof value === 'string') return [[place, value]];
  if (typeof value !== 'object' || value === null || value instanceof VerifyGateway || depth === 0) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(`${place}.${name}`, inner, depth - 1));
}
