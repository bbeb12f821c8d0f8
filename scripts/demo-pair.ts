/** The addresses of the service and the simulator of `npm start`, and an API key for the service. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SCOPES } from '../libs/nestjs/src/internal/scopes.ts';

const { PORT, PRIVATE_PORT, SIMULATOR_PORT } = process.env;
export const ports = {
  service: PORT || '8080',
  internal: PRIVATE_PORT || '9090',
  simulator: SIMULATOR_PORT || '4010',
};
export const serviceUrl = `http://127.0.0.1:${ports.service}`;
export const internalUrl = `http://127.0.0.1:${ports.internal}`;
export const simulatorUrl = `http://127.0.0.1:${ports.simulator}`;

const directory = new URL('../.demo/', import.meta.url);

/** The demo's API key: DEMO_API_KEY, or a key with every scope, created once per checkout in a git-ignored folder. */
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

/**
 * Writes the header with the demo's API key into a file that curl reads, so that the key is not in the terminal.
 * @returns the file, for curl's `-H @…` in the checkout
 */
export function demoHeaderFile(): string {
  const { credential } = demoKeys();
  writeFileSync(new URL('authorization', directory), `Authorization: Bearer ${credential}\n`, { mode: 0o600 });
  return '.demo/authorization';
}

/** False for a key that was created before new scopes were added. */
function hasEveryScope(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return SCOPES.every((scope) => text.includes(`"${scope}"`));
}

/** Creates a key, and its record for INTERNAL_API_KEYS_FILE, which contains only a hash. */
export function newApiKey(id: string, scopes: readonly string[]) {
  const secret = randomBytes(32).toString('base64url');
  const secretSha256 = createHash('sha256').update(secret).digest('hex');
  return { credential: `prk_${id}_${secret}`, record: { id, secretSha256, scopes } };
}
