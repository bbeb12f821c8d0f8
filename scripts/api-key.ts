/** `npm run api-key -- --id login --scopes sessions:write`: prints a new key and its record. The key is not stored. */
import { parseArgs } from 'node:util';
import { SCOPES } from '../libs/nestjs/src/internal/scopes.ts';
import { newApiKey } from './demo-pair.ts';

const wanted = argumentsOrExit();
const { credential, record } = newApiKey(wanted.id, wanted.scopes);
console.log(
  `The key, shown only now:\n  ${credential}\nIts record, for INTERNAL_API_KEYS_FILE:\n  ${JSON.stringify(record)}`,
);

function argumentsOrExit(): { id: string; scopes: string[] } {
  try {
    const { values } = parseArgs({ options: { id: { type: 'string' }, scopes: { type: 'string' } } });
    const id = values.id ?? '';
    const scopes = (values.scopes ?? '').split(',');
    const unknown = scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
    if (!/^[a-z0-9-]{1,64}$/.test(id)) throw new Error('--id must be 1 to 64 lowercase letters, digits or dashes.');
    if (unknown.length > 0) throw new Error(`--scopes: unknown scope ${unknown.join(', ')}.`);
    return { id, scopes };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error('Usage: npm run api-key -- --id desk --scopes state:read,limits:write');
    console.error(`Scopes: ${SCOPES.join(', ')}`);
    process.exit(2);
  }
}
