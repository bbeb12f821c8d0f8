import type { Call } from './call.js';
import type { Caller } from './caller.js';
import type { Switches } from './switches.js';
import { isRead, type Operation } from './twilio-path.js';

/**
 * Whether a caller may make a call. The auth token of the account may make every call; API keys and OAuth access tokens
 * may make those that the switch `apiKeyScope` allows. A phone may register for the identity of its access token, and
 * then reach its own Factor and the Challenges of its Entity (assumption: Twilio does not document it).
 */
export function isPermitted(
  caller: Caller,
  operation: Operation,
  params: Call['params'],
  { apiKeyScope }: Switches,
): boolean {
  switch (caller.kind) {
    case 'account':
      return true;
    case 'delegate':
      return apiKeyScope === 'all' || (apiKeyScope === 'read' && isRead(operation));
    case 'new-phone':
      return (
        operation === 'createFactor' &&
        params.service === caller.service.sid &&
        params.identity === caller.accessToken.identity
      );
    case 'phone': {
      if (params.service !== caller.service.sid || params.identity !== caller.entity.identity) return false;
      const isOwnFactor = params.factor === caller.factor.sid;
      return isOwnFactor ? ofOwnFactor.has(operation) : ofOwnEntity.has(operation);
    }
    default:
      return caller satisfies never;
  }
}

const ofOwnFactor: ReadonlySet<Operation> = new Set(['fetchFactor', 'updateFactor', 'deleteFactor'] as const);
const ofOwnEntity: ReadonlySet<Operation> = new Set(['listChallenges', 'fetchChallenge', 'updateChallenge'] as const);
