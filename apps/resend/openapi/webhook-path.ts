import { WEBHOOK_ROUTE } from '../src/http/paths.js';
import { problemResponses } from './problem-examples.js';
import { string } from './schema.js';

/** The webhook's path. It is written by hand, because the body of the controller has no class. */
export function webhookPath(baseUri: string) {
  const problems = problemResponses(['webhook-signature-invalid', 'invalid-request'], true, baseUri);
  const responses = Object.fromEntries(problems.map(({ status, ...response }) => [status, response]));
  const fields = {
    type: 'object',
    properties: {
      type: string('The event. All except `challenge.approved` and `challenge.denied` are ignored.'),
      account_sid: string('Must match this service’s settings.'),
      service_sid: string('Must match this service’s settings.'),
      entity_identity: string('Twilio’s identity of the user.'),
      challenge_sid: string('The Challenge that was answered.'),
    },
  };
  return {
    [WEBHOOK_ROUTE]: {
      post: {
        operationId: 'twilioWebhook',
        summary: 'Twilio reports that a user has answered on the phone',
        description:
          'Only with TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_KEYS. The signature covers PUBLIC_URL and this path.',
        tags: ['Twilio'],
        security: [{ 'twilio-signature': [] }],
        requestBody: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema: fields }, 'application/json': { schema: fields } },
        },
        responses: {
          200: {
            description: 'The signature is valid. Also answered when the event can not be stored now.',
            headers: { 'Request-Id': { $ref: '#/components/headers/Request-Id' } },
            content: { 'application/json': { schema: { type: 'object' }, example: {} } },
          },
          ...responses,
        },
      },
    },
  };
}
