/** Fails if package-lock.json lacks an optional dependency: `npm i` ignores that, but `npm ci` fails. */
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
};
for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue;
    console.error(
      `package-lock.json: ${path || 'package.json'} names ${name}@${version}, but the lockfile has no entry for it; choose a version that resolves`,
    );
    process.exitCode = 1;
  }
}
