import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function hasCertificate(file: string): boolean {
  return succeeds(() => new X509Certificate(readFileSync(file)));
}

/** Whether a file has a private key that can be read without a passphrase. */
export function hasPrivateKey(file: string): boolean {
  return succeeds(() => createPrivateKey(readFileSync(file)));
}

/** Whether a key is that of a certificate. Both files must have what they should. */
export function belongTogether(certificateFile: string, keyFile: string): boolean {
  return new X509Certificate(readFileSync(certificateFile)).checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
