import type { ShippedPackage } from './shipped-packages.ts';

/**
 * A CycloneDX 1.6 document of the project and of every npm package that ships with it. It says nothing that changes without
 * them: it has no time and no serial number, so the same lockfile makes the same bytes.
 *
 * `npm sbom --omit=dev` can not make it: npm 11 leaves out what a development dependency needs, too, such as rxjs and pino.
 *
 * @param shipped the project itself comes first
 * @throws Error for a package without an integrity of SHA-512
 */
export function sbom([project, ...packages]: readonly ShippedPackage[]): object {
  if (!project) throw new Error('the lockfile has no project');
  const refs = new Map([project, ...packages].map((one) => [one.path, purl(one)]));
  const components = new Map(packages.map((one) => [purl(one), component(one)]));
  const dependencies = Map.groupBy([project, ...packages], purl);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: { type: 'application', ...identity(project) },
    },
    components: [...components.values()],
    dependencies: [...dependencies].map(([ref, same]) => ({
      ref,
      dependsOn: [...new Set(same.flatMap((one) => one.dependencies.map((path) => refs.get(path) ?? path)))].toSorted(),
    })),
  };
}

function component(one: ShippedPackage) {
  return { type: 'library', ...identity(one), scope: 'required', hashes: [{ alg: 'SHA-512', content: digest(one) }] };
}

function identity(one: ShippedPackage) {
  const [ownName, group] = one.name.split('/').toReversed();
  const ref = purl(one);
  const { version, license } = one;
  return { 'bom-ref': ref, ...(group && { group }), name: ownName, version, purl: ref, licenses: licences(license) };
}

/** https://github.com/package-url/purl-spec */
function purl({ name, version }: ShippedPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function licences(license: string | undefined) {
  if (license === undefined) return [];
  return license.includes(' ') ? [{ expression: license }] : [{ license: { id: license } }];
}

function digest({ path, integrity }: ShippedPackage): string {
  const [, base64] = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity ?? '') ?? [];
  if (base64 === undefined) throw new Error(`${path} has no integrity of SHA-512 in package-lock.json`);
  return Buffer.from(base64, 'base64').toString('hex');
}
