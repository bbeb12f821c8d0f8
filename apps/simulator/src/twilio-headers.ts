import type { Reply } from './reply.js';
import { newSid } from './sid.js';

/**
 * The headers of every answer, errors included. Their names were seen on api.twilio.com; that verify.twilio.com sends
 * the same ones is an assumption.
 *
 * @param now simulated time, ms: a client may take Twilio's clock from `Date`
 * @param concurrent requests in flight for the account, this one included
 */
export function twilioHeaders(now: number, concurrent: number): Reply['headers'] {
  return {
    Date: new Date(now).toUTCString(),
    'Twilio-Request-Id': newSid('RQ'),
    'Twilio-Request-Duration': '0.080',
    'Twilio-Concurrent-Requests': String(concurrent),
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST, PATCH, PUT, DELETE, OPTIONS',
    'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match',
    'Access-Control-Expose-Headers':
      'ETag, Twilio-Request-Id, Twilio-Verify-Signature-Fields, Twilio-Verify-Challenge-Signature, ' +
      'Twilio-Verify-Factor-Signature',
    'Access-Control-Allow-Credentials': 'true',
    'X-Home-Region': 'us1',
    'X-API-Domain': 'verify.twilio.com',
    'X-Shenanigans': 'none',
    'Strict-Transport-Security': 'max-age=31536000',
  };
}
