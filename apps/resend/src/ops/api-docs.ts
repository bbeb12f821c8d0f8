import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '@settings/settings.js';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Push Resend: API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#api', deepLinking: true });\n`;

const POLICY =
  // Swagger UI has styles inside its elements.
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The files served below `/docs`: path → media type and content. */
export type ApiDocs = ReadonlyMap<string, readonly [mediaType: string, content: string | Buffer]>;

/**
 * The API's documentation for a browser: Swagger UI with docs/openapi.json, without a CDN.
 * @param root URL of the checkout, with a trailing slash
 * @returns undefined in production, or if docs/openapi.json or Swagger UI (a development dependency) is missing
 */
export function apiDocs({ nodeEnv }: Pick<Settings, 'nodeEnv'>, root: URL): ApiDocs | undefined {
  const document = fileURLToPath(new URL('docs/openapi.json', root));
  const ui = (file: string) => fileURLToPath(new URL(`node_modules/swagger-ui-dist/${file}`, root));
  if (nodeEnv === 'production' || !existsSync(document) || !existsSync(ui('swagger-ui.css'))) return undefined;
  return new Map([
    ['/docs', ['text/html; charset=utf-8', PAGE]],
    ['/docs/', ['text/html; charset=utf-8', PAGE]],
    ['/docs/start.js', ['text/javascript; charset=utf-8', START]],
    ['/docs/openapi.json', ['application/json; charset=utf-8', readFileSync(document)]],
    ['/docs/swagger-ui.css', ['text/css; charset=utf-8', readFileSync(ui('swagger-ui.css'))]],
    ['/docs/swagger-ui-bundle.js', ['text/javascript; charset=utf-8', readFileSync(ui('swagger-ui-bundle.js'))]],
  ]);
}

export function serveApiDocs(fastify: FastifyInstance, docs: ApiDocs): void {
  for (const [url, [mediaType, content]] of docs) {
    fastify.get(url, (_request, reply) => {
      reply.headers({ 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'no-referrer' });
      void reply.type(mediaType).send(content);
    });
  }
}
