import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../support/certificate.js';

/** A certificate for 127.0.0.1 and its key as files, in a directory that is the caller's to remove. */
export function certificateFiles(commonName = 'own authority') {
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-tls-'));
  const { cert, key } = selfSigned(commonName);
  const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return { ...files, directory, ca: cert };
}
