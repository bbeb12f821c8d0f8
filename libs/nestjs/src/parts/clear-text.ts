import { VerifyGateway } from '@resend/ports.js';
import type { CompletedOptions } from './completed-options.js';

/** One complaint for each URL to which production would send a secret without TLS, except on this machine. */
export function aboutClearText({ twilio, session, consumers }: CompletedOptions): string[] {
  if (process.env['NODE_ENV'] !== 'production') return [];
  const urls = {
    'twilio.baseUrl': twilio instanceof VerifyGateway ? undefined : twilio.baseUrl,
    'session.jwksUrl': typeof session === 'object' && session.strategy === 'jwt' ? session.jwksUrl : undefined,
    'session.url': typeof session === 'object' && session.strategy === 'introspection' ? session.url : undefined,
    'consumers.jwt.jwksUrl': consumers?.jwt?.jwksUrl,
  };
  return Object.entries(urls)
    .filter(([, url]) => url !== undefined && isClearText(url))
    .map(([place]) => `${place}: must be https in production, or on this machine such as http://127.0.0.1:4010`);
}

function isClearText(url: string): boolean {
  const { protocol, hostname = '' } = URL.parse(url) ?? {};
  const isThisMachine = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost');
  return protocol === 'http:' && !isThisMachine;
}
