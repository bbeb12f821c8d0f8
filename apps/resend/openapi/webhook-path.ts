import { WEBHOOK_PATH } from '@nest/webhook/webhook.controller.js';
import { problemResponses } from './problem-examples.js';
import { string } from './schema.js';

/** The one route that is no controller's. */
export function webhookPath(baseUri: string) {
  const problems = problemResponses(['webhook-signature-invalid', 'invalid-request'], true, baseUri);
  const responses = Object.fromEntries(problems.map(({ status, ...response }) => [status, response]));
  const fields = {
    type: 'object',
    properties: {
      type: string('What happened; anything but `challenge.approved` and `challenge.denied` is ignored.'),
      account_sid: string('Must be ours.'),
      service_sid: string('Must be ours.'),
      entity_identity: string('Twilio’s identity of the user.'),
      challenge_sid: string('The Challenge that was answered.'),
    },
  };
  return {
    [WEBHOOK_PATH]: {
      post: {
        operationId: 'twilioWebhook',
        summary: 'Twilio tells that a user has answered on the phone',
        description: 'Only with TWILIO_AUTH_TOKEN. The signature is over PUBLIC_URL and this path.',
        tags: ['Twilio'],
        security: [{ 'twilio-signature': [] }],
        requestBody: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema: fields }, 'application/json': { schema: fields } },
        },
        responses: {
          200: {
            description: 'It is signed by Twilio; also when it can not be learnt just now.',
            headers: { 'Request-Id': { $ref: '#/components/headers/Request-Id' } },
            content: { 'application/json': { schema: { type: 'object' }, example: {} } },
          },
          ...responses,
        },
      },
    },
  };
}
