/** Fails where package-lock.json lacks an optional package that another names: `npm i` passes over it, `npm ci` stops. */
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
};
for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue;
    console.error(
      `package-lock.json: ${path || 'package.json'} names ${name}@${version}, which is not there; choose a version that resolves`,
    );
    process.exitCode = 1;
  }
}
