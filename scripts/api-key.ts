/** `npm run api-key -- --id desk --scopes state:read,limits:write`: prints a new key once, and its record. */
import { parseArgs } from 'node:util';
import { newApiKey } from './demo-pair.ts';

const { values } = parseArgs({ options: { id: { type: 'string' }, scopes: { type: 'string' } } });
const { id = '', scopes = '' } = values;
if (!/^[a-z0-9-]{1,64}$/.test(id) || !/^[a-z]+:[a-z]+(,[a-z]+:[a-z]+)*$/.test(scopes)) {
  console.error('Usage: npm run api-key -- --id desk --scopes state:read,limits:write');
  process.exit(2);
}
const { credential, record } = newApiKey(id, scopes.split(','));
console.log(
  `The key, shown this once:\n  ${credential}\nIts record, for INTERNAL_API_KEYS_FILE:\n  ${JSON.stringify(record)}`,
);
