import type { AccessToken, Entity, Factor, Service } from './records.js';

/**
 * Who sent a request: the account itself, something that acts for it (API key, OAuth access token), a phone that is about
 * to register, or the phone of a Factor. `principal` is what the journal shows: never a secret.
 */
export type Caller = { readonly principal: string } & (
  | { readonly kind: 'account' | 'delegate' }
  | { readonly kind: 'new-phone'; readonly service: Service; readonly accessToken: AccessToken }
  | { readonly kind: 'phone'; readonly service: Service; readonly entity: Entity; readonly factor: Factor }
);

/** Whether the answer goes to a phone: it has what only the SDKs of phones read. */
export function isPhone({ kind }: Caller): boolean {
  return kind === 'phone' || kind === 'new-phone';
}
