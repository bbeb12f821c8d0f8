import { createPrivateKey, X509Certificate } from 'node:crypto';

export function isCertificate(pem: string | undefined): boolean {
  return succeeds(() => new X509Certificate(pem ?? ''));
}

/** A private key that can be read without a passphrase. */
export function isPrivateKey(pem: string | undefined): boolean {
  return succeeds(() => createPrivateKey(pem ?? ''));
}

/** Whether a key is the one of a certificate. Both must be readable. */
export function belongTogether(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
