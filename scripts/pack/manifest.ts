import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

type Ranges = Readonly<Record<string, string>>;

interface Manifest {
  readonly version?: string;
  readonly license?: string;
  readonly engines?: Ranges;
  readonly files?: readonly string[];
  readonly dependencies?: Ranges;
  readonly peerDependencies?: Ranges;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const root = resolve(import.meta.dirname, '../..');

/**
 * The manifest as it is published: with version and licence of the repository, and its engines, unless it has its own.
 *
 * @param imported the packages that its code really imports
 * @throws Error naming every dependency that is missing, unused, or of another version than the one tested here
 */
export function finishedManifest(path: string, imported: ReadonlySet<string>): Pick<Manifest, 'files'> {
  const manifest = read(path);
  const { version, license, engines, dependencies: tested = {} } = read(join(root, 'package.json'));
  const { dependencies = {}, peerDependencies: peers = {} } = manifest;
  const listed = [...Object.keys(dependencies), ...Object.keys(peers)];
  const peersOfListed = new Set(listed.flatMap(requiredPeers));
  const faults = [
    ...[...imported, ...peersOfListed]
      .filter((name) => !listed.includes(name))
      .map((name) => `${name} is needed, but is neither a dependency nor a peer`),
    ...listed
      .filter((name) => !imported.has(name) && !peersOfListed.has(name))
      .map((name) => `${name} is listed, but nothing imports it`),
    ...Object.entries(dependencies)
      .filter(([name, range]) => range !== `^${tested[name]}`)
      .map(([name, range]) => `${name} is ${range}, but the root's package.json has ${tested[name]}`),
  ];
  if (faults.length > 0) {
    const place = join(basename(dirname(path)), 'package.json');
    throw new Error(`${place} does not fit the code:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  const finished = { ...manifest, version, license, engines: manifest.engines ?? engines };
  return finished;
}

/** What a package expects its user to install beside it. */
function requiredPeers(name: string): string[] {
  const path = join(root, 'node_modules', name, 'package.json');
  const { peerDependencies = {}, peerDependenciesMeta = {} } = read(path);
  return Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
}

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}
