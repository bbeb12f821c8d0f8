import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '@settings/settings.js';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
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

/** What `/docs` is made of: path → media type and content. */
export type ApiDocs = ReadonlyMap<string, readonly [mediaType: string, content: string | Buffer]>;

/**
 * The API's documentation for a browser: Swagger UI over docs/openapi.json, all of it from this machine.
 * @param root the checkout, as a URL with a slash at its end
 * @returns undefined in production, and where the document or Swagger UI, a development dependency, is not there
 */
export function apiDocs({ nodeEnv }: Pick<Settings, 'nodeEnv'>, root: URL): ApiDocs | undefined {
  const document = fileURLToPath(new URL('docs/openapi.json', root));
  const ui = (file: string) => fileURLToPath(new URL(`node_modules/swagger-ui-dist/${file}`, root));
  if (nodeEnv === 'production' || !existsSync(document) || !existsSync(ui('swagger-ui.css'))) return undefined;
  return new Map([
    ['/docs', ['text/html; charset=utf-8', PAGE]],
    ['/docs/start.js', ['text/javascript; charset=utf-8', START]],
    ['/docs/openapi.json', ['application/json; charset=utf-8', readFileSync(document)]],
    ['/docs/swagger-ui.css', ['text/css; charset=utf-8', readFileSync(ui('swagger-ui.css'))]],
    ['/docs/swagger-ui-bundle.js', ['text/javascript; charset=utf-8', readFileSync(ui('swagger-ui-bundle.js'))]],
  ]);
}

/** Serves them on both ports. */
export function serveApiDocs(fastify: FastifyInstance, docs: ApiDocs): void {
  for (const surface of ['public', 'private'] as const) {
    for (const [url, [mediaType, content]] of docs) {
      fastify.get(url, { constraints: { surface } }, (_request, reply) => void reply.type(mediaType).send(content));
    }
  }
}
