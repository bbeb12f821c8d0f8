import { textOfFile as textOf, UnusableFile } from '@files/text-file.js';
import { UnusableText } from './plain-text.js';

/**
 * The text of a file that a setting names, in UTF-8, without a byte order mark.
 * @throws UnusableText
 */
export function textOfFile(file: string): string {
  try {
    return textOf(file);
  } catch (error) {
    if (error instanceof UnusableFile) throw new UnusableText(error.message);
    throw error;
  }
}
