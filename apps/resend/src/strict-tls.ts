import tls from 'node:tls';

/**
 * With forward secrecy and authenticated encryption, the strongest first. Node's default list also has AES-CBC and
 * plain RSA.
 */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
];

/**
 * Sets the TLS that this process offers to Redis, Twilio, identity providers, proxies and the trace collector, even if
 * NODE_OPTIONS allows weaker. Call it before the first connection.
 */
export function offerStrictTls(): void {
  tls.DEFAULT_MIN_VERSION = 'TLSv1.2';
  tls.DEFAULT_CIPHERS = CIPHERS.join(':');
}
