import type { Call } from './call.js';
import { isIdentity } from './identity.js';
import type { Switches } from './switches.js';
import { TwilioError, type TwilioCode } from './twilio-error.js';

/** The calls the simulator knows. */
const routes = {
  createService: ['POST', '/v2/Services'],
  listServices: ['GET', '/v2/Services'],
  fetchService: ['GET', '/v2/Services/:service'],
  updateService: ['POST', '/v2/Services/:service'],
  deleteService: ['DELETE', '/v2/Services/:service'],
  createAccessToken: ['POST', '/v2/Services/:service/AccessTokens'],
  fetchAccessToken: ['GET', '/v2/Services/:service/AccessTokens/:accessToken'],
  createWebhook: ['POST', '/v2/Services/:service/Webhooks'],
  listWebhooks: ['GET', '/v2/Services/:service/Webhooks'],
  fetchWebhook: ['GET', '/v2/Services/:service/Webhooks/:webhook'],
  updateWebhook: ['POST', '/v2/Services/:service/Webhooks/:webhook'],
  deleteWebhook: ['DELETE', '/v2/Services/:service/Webhooks/:webhook'],
  createEntity: ['POST', '/v2/Services/:service/Entities'],
  listEntities: ['GET', '/v2/Services/:service/Entities'],
  fetchEntity: ['GET', '/v2/Services/:service/Entities/:identity'],
  deleteEntity: ['DELETE', '/v2/Services/:service/Entities/:identity'],
  createFactor: ['POST', '/v2/Services/:service/Entities/:identity/Factors'],
  listFactors: ['GET', '/v2/Services/:service/Entities/:identity/Factors'],
  fetchFactor: ['GET', '/v2/Services/:service/Entities/:identity/Factors/:factor'],
  updateFactor: ['POST', '/v2/Services/:service/Entities/:identity/Factors/:factor'],
  deleteFactor: ['DELETE', '/v2/Services/:service/Entities/:identity/Factors/:factor'],
  createChallenge: ['POST', '/v2/Services/:service/Entities/:identity/Challenges'],
  listChallenges: ['GET', '/v2/Services/:service/Entities/:identity/Challenges'],
  fetchChallenge: ['GET', '/v2/Services/:service/Entities/:identity/Challenges/:challenge'],
  updateChallenge: ['POST', '/v2/Services/:service/Entities/:identity/Challenges/:challenge'],
  createNotification: ['POST', '/v2/Services/:service/Entities/:identity/Challenges/:challenge/Notifications'],
} as const;

/** A call by its name. */
export type Operation = keyof typeof routes;

const compiled = Object.entries(routes).map(([operation, [method, template]]) => ({
  operation: operation as Operation,
  method: method as string,
  // Every parameter takes anything but a slash: an odd value reaches its route and is refused there by its form.
  // backtracks: never, since a parameter ends at the next slash
  pattern: new RegExp(`^${template.replaceAll(/:(\w+)/g, '(?<$1>[^/]*)')}$`),
}));

/** A parsed request target: one of the calls, or the error to answer when it is unknown. */
export type Target = { readonly params: Call['params']; readonly query: URLSearchParams } & (
  | { readonly operation: Operation; readonly problem: undefined }
  | { readonly operation: undefined; readonly problem: TwilioError }
);

/**
 * Finds the call a request makes. The path is decoded once and has to match a route exactly: `..` is never resolved.
 *
 * @param rawPath path and query as on the wire
 */
export function readTarget(method: string, rawPath: string): Target {
  const [path = '', ...rest] = rawPath.split('?');
  const query = new URLSearchParams(rest.join('?'));
  const none = { service: '', identity: '', challenge: '', factor: '', webhook: '', accessToken: '' };
  const decoded = decode(path);
  const matching = compiled.flatMap((route) => {
    const match = decoded === undefined ? null : route.pattern.exec(decoded);
    return match ? [{ route, params: { ...none, ...match.groups } }] : [];
  });
  const found = matching.find(({ route }) => route.method === method);
  if (found) return { operation: found.route.operation, params: found.params, query, problem: undefined };
  const problem = new TwilioError(
    matching.length > 0 ? 20004 : 20404,
    `the simulator does not know this call (${method} ${path})`,
  );
  return { operation: undefined, params: none, query, problem };
}

/** A call that changes nothing. */
export function isRead(operation: Operation): boolean {
  return routes[operation][0] === 'GET';
}

/** Checks the parameters' form. @throws TwilioError 60306, or the code of the parameter (switch `formatCodes`) */
export function checkForm(params: Call['params'], operation: Operation, switches: Switches): void {
  const template: string = routes[operation][1];
  for (const { name, code, allowed } of forms) {
    if (!template.includes(`:${name}`) || allowed(params[name])) continue;
    throw new TwilioError(switches.formatCodes === 'specific' ? code : 60306);
  }
}

const forms: readonly { name: keyof Call['params']; code: TwilioCode; allowed: (text: string) => boolean }[] = [
  { name: 'service', code: 60363, allowed: isSid('VA') },
  { name: 'identity', code: 60367, allowed: isIdentity },
  { name: 'challenge', code: 60364, allowed: isSid('YC') },
  { name: 'factor', code: 60362, allowed: isSid('YF') },
  { name: 'webhook', code: 60306, allowed: isSid('YW') },
  { name: 'accessToken', code: 60306, allowed: isSid('YK') },
];

function isSid(prefix: string): (text: string) => boolean {
  // backtracks: never, since a prefix is two letters
  const pattern = new RegExp(`^${prefix}[0-9a-fA-F]{32}$`);
  return (text) => pattern.test(text);
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
