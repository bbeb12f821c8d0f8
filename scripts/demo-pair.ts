/** Where the pair of `npm start` is, and the key that opens its internal API. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SCOPES } from '../libs/nestjs/src/internal/scopes.ts';

export const serviceUrl = `http://127.0.0.1:${process.env['PORT'] || '8080'}`;
export const internalUrl = `http://127.0.0.1:${process.env['PRIVATE_PORT'] || '9090'}`;
export const simulatorUrl = `http://127.0.0.1:${process.env['SIMULATOR_PORT'] || '4010'}`;

const directory = new URL('../.demo/', import.meta.url);

/** The demo's own API key: DEMO_API_KEY, or one with every scope that is made once a checkout and kept out of git. */
export function demoKeys(): { file: string; credential: string } {
  const file = fileURLToPath(new URL('api-keys.json', directory));
  const secretFile = new URL('api-key', directory);
  if (!existsSync(secretFile) || !hasEveryScope(file)) {
    mkdirSync(directory, { recursive: true });
    const { credential, record } = newApiKey('demo', SCOPES);
    writeFileSync(secretFile, credential, { mode: 0o600 });
    writeFileSync(file, JSON.stringify([record], null, 2), { mode: 0o600 });
  }
  return { file, credential: process.env['DEMO_API_KEY'] || readFileSync(secretFile, 'utf8') };
}

/** A checkout may have a key from before there were as many scopes. */
function hasEveryScope(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return SCOPES.every((scope) => text.includes(`"${scope}"`));
}

/** A new key, and its record for INTERNAL_API_KEYS_FILE, which has only a hash of it. */
export function newApiKey(id: string, scopes: readonly string[]) {
  const secret = randomBytes(32).toString('base64url');
  const secretSha256 = createHash('sha256').update(secret).digest('hex');
  return { credential: `prk_${id}_${secret}`, record: { id, secretSha256, scopes } };
}
