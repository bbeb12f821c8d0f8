/** Writes what the image ships of npm's packages to dist/sbom.cdx.json, in CycloneDX: `npm run sbom`, or another file as its argument. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sbom } from './supply/sbom.ts';
import { readLockfile, shippedPackages } from './supply/shipped-packages.ts';

const file = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../dist/sbom.cdx.json'));

mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(sbom(shippedPackages(readLockfile())), null, 2)}\n`);
