import { readFileSync } from 'node:fs';

/** @returns the text of a file; undefined where it can not be read */
export function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
