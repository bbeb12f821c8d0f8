import { createPrivateKey, X509Certificate } from 'node:crypto';
import { UnusableText } from './plain-text.js';
import { textOfFile } from './text-file.js';

/** @returns what is wrong with a PEM file of a private key, which must be readable without a passphrase */
export function privateKeyComplaint(file: string): string | undefined {
  try {
    createPrivateKey(textOfFile(file));
    return undefined;
  } catch (error) {
    if (error instanceof UnusableText) return error.message;
    return 'must be a PEM file with a private key that has no passphrase';
  }
}

/** Whether a key belongs to a certificate. Both files must be valid. */
export function belongTogether(certificateFile: string, keyFile: string): boolean {
  return new X509Certificate(textOfFile(certificateFile)).checkPrivateKey(createPrivateKey(textOfFile(keyFile)));
}
