import { readFileSync } from 'node:fs';

/** What a file says; undefined where it can not be read. */
export function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
