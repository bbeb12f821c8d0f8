import { readFileSync } from 'node:fs';

/** A package of the lockfile that `npm ci --omit=dev --omit=optional` installs, as the image does. */
export interface ShippedPackage {
  /** Where it is, such as `node_modules/ajv/node_modules/fast-uri`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier or expression; undefined if its author names none. */
  readonly license: string | undefined;
  /** Of its tarball, as in the lockfile: `sha512-` and base64. */
  readonly integrity: string | undefined;
  /** The paths of the packages that it finds when it imports what it depends on. */
  readonly dependencies: readonly string[];
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readLockfile(): Lockfile {
  return JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as Lockfile;
}

/** Sorted by path; the project itself comes first, at the path ''. */
export function shippedPackages({ packages }: Lockfile): ShippedPackage[] {
  const shipped = Object.entries(packages).filter(
    ([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional,
  );
  const paths = new Set(shipped.map(([path]) => path));
  return shipped
    .map(([path, { name, version = '', license, integrity, dependencies, peerDependencies }]) => ({
      path,
      name: name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
      integrity,
      dependencies: Object.keys({ ...dependencies, ...peerDependencies }).flatMap((needed) =>
        found(needed, path, paths),
      ),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** As Node looks for a package: in the importer's own node_modules, then in those of the folders above. */
function found(name: string, importer: string, paths: ReadonlySet<string>): string[] {
  const below = importer === '' ? '' : `${importer}/`;
  const path = `${below}node_modules/${name}`;
  if (paths.has(path)) return [path];
  if (importer === '') return []; // an optional peer that is not installed
  return found(name, importer.slice(0, Math.max(0, importer.lastIndexOf('/node_modules/'))), paths);
}
