import { readFileSync } from 'node:fs';
import { UnusableText } from './plain-text.js';

/**
 * The text of a file in UTF-8, without a byte order mark.
 * @throws UnusableText
 */
export function textOfFile(file: string): string {
  const text = decoded(bytesOf(file));
  // UTF-16 without a byte order mark is valid UTF-8, with a NUL beside each letter.
  if (text === undefined || text.includes('\0')) throw new UnusableText('must be text in UTF-8, not in UTF-16');
  return text;
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new UnusableText('can not be read');
  }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
