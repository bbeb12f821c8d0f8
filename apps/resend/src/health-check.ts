/**
 * Asks the instance of this machine whether it is ready, and exits with 0 if it is and with 1 if not: for images, which have
 * neither a shell nor curl. It finds the instance by the instance's own settings, and imports only how their text is read,
 * because it runs every few seconds.
 */
import { get } from 'node:http';
import { withoutBrackets } from '@settings/addresses.js';
import { plainText } from '@settings/plain-text.js';

const setting = (name: string) => plainText(process.env[name] ?? '', { isSecret: false, isList: false });
const host = withoutBrackets(setting('PRIVATE_HOST') || setting('HOST') || '::');
const isEveryAddress = host === '::' || host === '0.0.0.0';
const address = isEveryAddress ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
const url = `http://${address}:${setting('PRIVATE_PORT') || 9090}/readyz`;
// An agent of its own: the global one may lead to a proxy, by NODE_USE_ENV_PROXY.
get(url, { agent: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => {
  process.exit(1);
});
