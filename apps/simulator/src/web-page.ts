import { readFile } from 'node:fs/promises';

import type { FastifyInstance } from 'fastify';

/** Everything that the page consists of; it loads nothing from elsewhere. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/_sim/page/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/_sim/page/page.js', 'page.js', 'text/javascript; charset=utf-8'],
] as const;

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The web page: login screen, phone and requests.
 *
 * @param folder where it was built
 */
export function registerWebPage(app: FastifyInstance, folder: URL): void {
  for (const [url, file, type] of FILES) {
    app.get(url, async (_request, reply) => {
      const content = await readFile(new URL(file, folder)).catch(() => undefined);
      if (!content) return reply.code(404).send({ error: 'The page has not been built: npm run build.' });
      return reply
        .header('Content-Type', type)
        .header('Cache-Control', 'no-store')
        .header('Content-Security-Policy', POLICY)
        .header('Referrer-Policy', 'no-referrer')
        .header('X-Content-Type-Options', 'nosniff')
        .send(content);
    });
  }
}
