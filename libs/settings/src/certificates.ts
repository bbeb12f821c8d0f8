import { X509Certificate } from 'node:crypto';
import { UnusableText } from './plain-text.js';
import { textOfFile } from './text-file.js';

// backtracks: over a file of the operator's only
const CERTIFICATES = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----.*?-----END \1-----/gs;

/**
 * Node silently treats a file without certificates as trusting nobody.
 * @returns what is wrong with a PEM file of certificates
 */
export function certificatesComplaint(file: string): string | undefined {
  try {
    const certificates = textOfFile(file).match(CERTIFICATES) ?? [];
    if (certificates.length > 0 && certificates.every(isCertificate)) return undefined;
    return 'must be a PEM file with certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----';
  } catch (error) {
    if (error instanceof UnusableText) return error.message;
    throw error;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
