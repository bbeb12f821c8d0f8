import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** PEM, both. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** @throws Error with a sentence about the file that can not be used */
export function readTlsFiles(keyFile: string, certFile: string): TlsFiles {
  const [key, cert] = [read('SIMULATOR_TLS_KEY_FILE', keyFile), read('SIMULATOR_TLS_CERT_FILE', certFile)];
  const privateKey = orSentence('SIMULATOR_TLS_KEY_FILE must be a PEM file with a private key.', () =>
    createPrivateKey(key),
  );
  const certificate = orSentence('SIMULATOR_TLS_CERT_FILE must be a PEM file with a certificate.', () => {
    if (!cert.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM');
    return new X509Certificate(cert);
  });
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error('SIMULATOR_TLS_CERT_FILE is not the certificate of the key in SIMULATOR_TLS_KEY_FILE.');
  }
  return { key, cert };
}

/** OpenSSL does not find what stands behind a byte order mark. */
function read(variable: string, file: string): string {
  return orSentence(`${variable} can not be read.`, () => readFileSync(file, 'utf8')).replace(/^\uFEFF/, '');
}

function orSentence<Result>(sentence: string, step: () => Result): Result {
  try {
    return step();
  } catch {
    throw new Error(sentence);
  }
}
