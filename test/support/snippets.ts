import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Without the indentation, which differs between a page and a file. */
const trimmed = (code: string) =>
  code
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

/** The code blocks of a Markdown file in the given languages. */
export function snippetsOf(page: string, languages: readonly string[]): string[] {
  const block = new RegExp(`^ *\`\`\`(?:${languages.join('|')})\\n(.*?)^ *\`\`\`$`, 'gms');
  return [...readFileSync(join(root, page), 'utf8').matchAll(block)].map(([, code = '']) => code);
}

/** The files below a folder, matching a pattern, that have all lines of the snippet in a row. */
export function filesWith(snippet: string, folder: string, pattern: string): string[] {
  return globSync(pattern, { cwd: join(root, folder) }).filter((file) =>
    trimmed(readFileSync(join(root, folder, file), 'utf8')).includes(trimmed(snippet)),
  );
}
