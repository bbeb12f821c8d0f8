import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let directory: string | undefined;

/** A file that ends with this process. @returns its path */
export function temporaryFile(name: string, content: string): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'push-resend-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
