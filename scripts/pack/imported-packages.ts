import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What stands after `from`, `import` or `import(`, where it is neither a path nor one of Node's own modules. */
// backtracks: over code of this repository only
const PACKAGE = /\b(?:from|import)\s*\(?\s*['"]((?![./]|node:)(?:@[^/'"]+\/)?[^/'"]+)/g;

/** The npm packages that the compiled code and the declarations in a folder import. */
export function importedPackages(compiled: string): ReadonlySet<string> {
  const names = globSync('**/*.{js,d.ts}', { cwd: compiled }).flatMap((file) => {
    const code = readFileSync(join(compiled, file), 'utf8');
    return [...code.matchAll(PACKAGE)].map(([, name = '']) => name);
  });
  return new Set(names);
}
