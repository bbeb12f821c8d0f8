import { createPrivateKey, X509Certificate } from 'node:crypto';
import { textOfFile } from './text-file.js';

/** Whether a file has a private key that can be read without a passphrase. */
export function hasPrivateKey(file: string): boolean {
  try {
    createPrivateKey(textOfFile(file));
    return true;
  } catch {
    return false;
  }
}

/** Whether a key is that of a certificate. Both files must have what they should. */
export function belongTogether(certificateFile: string, keyFile: string): boolean {
  return new X509Certificate(textOfFile(certificateFile)).checkPrivateKey(createPrivateKey(textOfFile(keyFile)));
}
