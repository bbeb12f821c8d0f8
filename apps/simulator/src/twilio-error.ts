/** What was not there; decides between 20404 and the specific codes (switch `notFoundCodes`). */
export type MissingResource = 'service' | 'entity' | 'factor' | 'challenge' | 'webhook' | 'access-token';

/**
 * HTTP status and message of each code. Codes and titles are those of Twilio's error dictionary
 * (https://www.twilio.com/docs/verify/api/error-codes); the wording of most run-time messages and the statuses marked
 * `assumed` are not documented, so clients must match on `code` alone.
 */
const catalogue = {
  20003: [401, 'Authenticate'],
  20004: [405, 'Method not allowed'], // assumed for Verify
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too many requests'],
  20500: [500, 'Internal Server Error'],
  60300: [400, 'Invalid parameter'],
  60301: [409, 'Entity already exists'],
  60306: [400, 'Invalid Request'],
  60307: [400, "Cannot resend push notifications to 'none' notification platform"], // status assumed
  60309: [429, 'Push notifications limit reached for a Challenge'],
  60311: [403, 'Factor verification failed'],
  60312: [429, 'Challenge creation limit reached'],
  60315: [400, 'Factors limit reached for an Entity'],
  60317: [409, 'Factor already exists'],
  60318: [403, 'Factor is unverified'],
  60322: [403, 'Challenge already responded'],
  60323: [403, 'Challenge expired'],
  60324: [403, 'Challenge verification failed'],
  60362: [400, 'Factor SID is invalid'], // status assumed, also of the next three
  60363: [400, 'Service SID is invalid'],
  60364: [400, 'Challenge SID is invalid'],
  60367: [400, 'Entity identity is invalid'],
  60390: [404, 'Factor not found'], // status assumed, also of the next two
  60391: [404, 'Challenge not found'],
  60392: [404, 'Entity not found'],
  70051: [403, 'Authorization Failed'], // status assumed
} as const satisfies Record<number, readonly [status: number, message: string]>;

/** A Twilio error code the simulator can answer by itself. */
export type TwilioCode = keyof typeof catalogue;

/** A refusal of Twilio; becomes the four-key error body. Thrown before anything was written. */
export class TwilioError extends Error {
  override readonly name = 'TwilioError';
  readonly status: number;

  /** @param reason appended to the message, for the developer who reads it */
  constructor(
    readonly code: TwilioCode,
    reason?: string,
    readonly missing?: MissingResource,
  ) {
    const [status, message] = catalogue[code];
    super(reason === undefined ? message : `${message}: ${reason}`);
    this.status = status;
  }
}

/** 404: what a request names does not exist, or not under that parent. */
export function notFound(missing: MissingResource): TwilioError {
  return new TwilioError(20404, undefined, missing);
}

/** Twilio's error body: always these four keys. */
export interface TwilioErrorBody {
  readonly code: number;
  readonly message: string;
  readonly more_info: string;
  /** Equal to the HTTP status. */
  readonly status: number;
}

/** The body of any code, also of ones the simulator would never answer by itself. */
export function errorBody(code: number, status: number, message: string): TwilioErrorBody {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** The status and message of a code, as far as the catalogue knows it. */
export function known(code: number): { status: number; message: string } | undefined {
  const entry: readonly [number, string] | undefined = (catalogue as Record<number, readonly [number, string]>)[code];
  return entry && { status: entry[0], message: entry[1] };
}

/** The RFC 9457 form that the SDK turns into a `TwilioServiceException`. */
export function problemBody(error: TwilioErrorBody): Record<string, unknown> {
  return { type: error.more_info, title: error.message, status: error.status, code: error.code, detail: error.message };
}
