import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Surface } from '../src/http/paths.js';
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

const SESSION = 'A session of the user: `prs_…`, or an access token with SESSION_STRATEGY=jwt or introspection.';

/** A whole address: a relative one leads to the port that serves the document, which is most often the public one. */
const PRIVATE_SERVER = {
  url: 'http://{host}:{port}',
  description: 'The private port, for your own backends and for operators.',
  variables: {
    host: { default: '127.0.0.1', description: 'PRIVATE_HOST, or HOST.' },
    port: { default: '9090', description: 'PRIVATE_PORT.' },
  },
};

/** The application of each port. */
type Apps = Readonly<Record<Surface, INestApplication>>;

/** Creates the OpenAPI 3.1 document. Routes and bounds come from the code, answers and texts from this folder. */
export function openApiDocument(apps: Apps, version: string, baseUri: string): OpenAPIObject {
  REQUEST_CLASSES.forEach(describeClass);
  for (const described of [...PUBLIC_OPERATIONS, ...INTERNAL_OPERATIONS, ...OPS_OPERATIONS])
    describeOperation(described, baseUri);
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Push Resend')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'The public port, for login screens and Twilio.')
    .addTag('login screens', 'Public port.')
    .addTag('Twilio', 'Public port.')
    .addTag('internal consumers', 'Private port only. The same limits as for login screens.')
    .addTag('operators', 'Private port only.')
    // Not addBearerAuth, which calls every token a JWT.
    .addSecurity('session', { type: 'http', scheme: 'bearer', description: SESSION })
    .addCookieAuth(
      'connect.sid',
      { type: 'apiKey', in: 'cookie', description: 'With SESSION_STRATEGY=express-session.' },
      'session-cookie',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Twilio-Signature' }, 'twilio-signature')
    .addSecurity('internal', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key `prk_…`, or a JWT with the required scope.',
    })
    .build();
  const onPublic = documentOf(apps.public, config);
  const onPrivate = documentOf(apps.private, config);
  const schemas = { ...onPublic.components?.schemas, ...onPrivate.components?.schemas, ...ANSWER_SCHEMAS };
  for (const path of Object.values(onPrivate.paths)) path.servers = [PRIVATE_SERVER];
  const paths = { ...onPublic.paths, ...onPrivate.paths };
  letBodiesBeAbsent(paths, schemas);
  return {
    ...onPublic,
    paths: { ...paths, ...webhookPath(baseUri) },
    components: { ...onPublic.components, headers: HEADERS, schemas },
  };
}

function documentOf(app: INestApplication, config: Omit<OpenAPIObject, 'paths'>): OpenAPIObject {
  return SwaggerModule.createDocument(app, config, { autoTagControllers: false });
}

/** Makes request bodies without required properties optional. */
function letBodiesBeAbsent(paths: OpenAPIObject['paths'], schemas: Readonly<Record<string, object>>): void {
  for (const { post, put, delete: del } of Object.values(paths)) {
    for (const body of [post?.requestBody, put?.requestBody, del?.requestBody]) {
      if (!body || !('content' in body)) continue;
      const name = JSON.stringify(body.content).match(/schemas\/(\w+)/)?.[1] ?? '';
      body.required = 'required' in (schemas[name] ?? {});
    }
  }
}
