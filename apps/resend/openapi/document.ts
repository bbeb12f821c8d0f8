import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ANSWER_SCHEMAS } from './answer-schemas.js';
import { describeClass } from './described-class.js';
import { HEADERS } from './headers.js';
import { describeOperation } from './operation.js';
import { INTERNAL_OPERATIONS } from './internal-operations.js';
import { OPS_OPERATIONS } from './ops-operations.js';
import { PUBLIC_OPERATIONS } from './public-operations.js';
import { REQUEST_CLASSES } from './request-classes.js';
import { webhookPath } from './webhook-path.js';

const DESCRIPTION = `The backend behind the "send it again" button of a Twilio Verify Push login.

Every error is \`application/problem+json\` (RFC 9457): branch on \`code\`, show \`detail\`, do \`nextAction\`.
Treat unknown values as the safe default. Times are whole seconds, rounded so that a client is never early.`;

/** Creates the OpenAPI 3.1 document. Routes and bounds come from the code, answers and texts from this folder. */
export function openApiDocument(apps: readonly INestApplication[], version: string, baseUri: string): OpenAPIObject {
  REQUEST_CLASSES.forEach(describeClass);
  for (const described of [...PUBLIC_OPERATIONS, ...INTERNAL_OPERATIONS, ...OPS_OPERATIONS])
    describeOperation(described, baseUri);
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Push Resend')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(
      '/',
      'The public port (8080) for login screens and Twilio, the private port (9090) for all other callers',
    )
    .addTag('login screens', 'Public port.')
    .addTag('Twilio', 'Public port.')
    .addTag('internal consumers', 'Private port only. The same limits as for login screens.')
    .addTag('operators', 'Private port only.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A session of the user.' }, 'session')
    .addCookieAuth(
      'connect.sid',
      { type: 'apiKey', in: 'cookie', description: 'With SESSION_STRATEGY=express-session.' },
      'session-cookie',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Twilio-Signature' }, 'twilio-signature')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An API key `prk_…`, or a JWT with the scope.' },
      'internal',
    )
    .build();
  const documents = apps.map((app) => SwaggerModule.createDocument(app, config));
  const document = Object.assign({}, ...documents, {
    paths: Object.assign({}, ...documents.map(({ paths }) => paths)),
    components: {
      ...documents[0]?.components,
      schemas: Object.assign({}, ...documents.map(({ components }) => components?.schemas)),
    },
  }) as OpenAPIObject;
  const schemas = { ...document.components?.schemas, ...ANSWER_SCHEMAS };
  letBodiesBeAbsent(document, schemas);
  const paths = { ...document.paths, ...webhookPath(baseUri) };
  return { ...document, paths, components: { ...document.components, headers: HEADERS, schemas } };
}

/** Makes request bodies without required properties optional. */
function letBodiesBeAbsent({ paths }: OpenAPIObject, schemas: Readonly<Record<string, object>>): void {
  for (const { post, put } of Object.values(paths)) {
    for (const body of [post?.requestBody, put?.requestBody]) {
      if (!body || !('content' in body)) continue;
      const name = JSON.stringify(body.content).match(/schemas\/(\w+)/)?.[1] ?? '';
      body.required = 'required' in (schemas[name] ?? {});
    }
  }
}
