import { isURL } from 'class-validator';

const HTTP = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
/** All are supported; those with an s use TLS. */
const REDIS_SCHEME = /^(redis|rediss|valkey|valkeys):\/\//i;
const DATABASE = /^(\/(0|[1-9]\d{0,4})?)?$/;
const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i;

/** A server with user, password and database number if any, and special characters escaped. */
export function isRedisUrl(text: string): boolean {
  // A slash in the password ends the host: redis://user:12/34@host is the port 12 of a host named user.
  if (!REDIS_SCHEME.test(text) || /[\s?#]/.test(text) || !isDecodable(text)) return false;
  const { hostname, port, pathname } = new URL(text);
  return HOST.test(hostname) && port !== '0' && DATABASE.test(pathname);
}

/** Whether a Redis URL asks for TLS. */
export function isRedisUrlWithTls(text: string): boolean {
  return /^(rediss|valkeys):/i.test(text);
}

/**
 * As browsers write one in `Origin`: scheme, host in lower case, the port unless it is the default one. WebViews of hybrid
 * applications have schemes of their own, such as `capacitor://localhost`, whose origin no URL parser knows.
 */
export function isOrigin(text: string): boolean {
  if (/^https?:/.test(text)) return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text;
  return /^(?!file:|wss?:|ftp:)[a-z][a-z\d+.-]*:\/\/[a-z\d]([a-z\d.-]*[a-z\d])?(:\d{1,5})?$/.test(text);
}

/** `proxy.example.com:3128` → `http://proxy.example.com:3128`, as other programs read it. */
export function proxyUrl(text: string): string {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

/** An http(s) URL with only a host, optional port, user and password, and special characters escaped. */
export function isProxyUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#]+\/?$/i.test(text) && isDecodable(text);
}

/** An absolute http(s) URL without user, query, fragment and trailing slash. */
export function isPublicUrl(text: string): boolean {
  // Paths are appended to it. A parser drops control characters at the end, and refuses them elsewhere.
  return /^https?:\/\/[^\s/?#@]+(\/[^\s/?#]+)*$/.test(text) && URL.canParse(`${text}/`);
}

/** An absolute http(s) URL without a user. A host may look like one and have letters that no domain has. */
export function isHttpUrl(text: string): boolean {
  return isURL(text, { ...HTTP, disallow_auth: true }) && URL.canParse(text);
}

/** An absolute http(s) URL without a query. */
export function isHttpUrlWithoutQuery(text: string): boolean {
  return isURL(text, { ...HTTP, allow_query_components: false }) && URL.canParse(text);
}

/** Whether the connection is readable by others: without TLS, and not within this machine. */
export function isClearText(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const isThisMachine = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost');
  return protocol === 'http:' && !isThisMachine;
}

function isDecodable(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    return typeof decodeURIComponent(username + password) === 'string';
  } catch {
    return false;
  }
}
