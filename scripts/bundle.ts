/**
 * Makes the service that production runs: a few files instead of two thousand, from what `nest build resend` compiled.
 * `node scripts/bundle.ts`, or with another folder that has been built into: `node scripts/bundle.ts DIST`.
 * docs/decisions/0012-a-bundle-for-production.md says why, and what each option is for.
 */
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

const dist = resolve(process.argv[2] ?? 'dist');
/** As deep as the compiled main.js, which looks for package.json from where it is. */
const folder = join(dist, 'apps/resend/bundle');

/** A source map is read when its file is loaded. Those of the dependencies are not worth their memory, so they come first. */
const MAIN = `import { setSourceMapsSupport } from 'node:module';
import './dependencies.js';
setSourceMapsSupport(true, { nodeModules: true });
await import('./service.js');
`;

/** What the service does not load at its start stays outside: the SDK's other products, and what Nest would load on demand. */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  resolveId(source, importer = '', { kind }) {
    if (
      withSlashes(importer).endsWith('/twilio/lib/rest/Twilio.js') &&
      source.startsWith('./') &&
      source !== './Verify'
    )
      return { id: `twilio/lib/rest/${basename(source)}`, external: true };
    // `debug` tries to load it, and only tools for development have it.
    if (source === 'supports-color') return { id: source, external: true };
    if (kind === 'dynamic-import' && isDependency(importer)) return { id: source, external: true };
    return null;
  },
};

/** Frames of a stack trace name the TypeScript, not what was compiled from it. */
const mappedToTypeScript: Plugin = {
  name: 'mapped-to-typescript',
  load(id) {
    if (!isOurs(id)) return null;
    return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
  },
};

rmSync(folder, { recursive: true, force: true });
const bundle = await rolldown({
  input: {
    service: join(dist, 'apps/resend/src/main.js'),
    'health-check': join(dist, 'apps/resend/src/health-check.js'),
  },
  platform: 'node',
  // Where a package has both, its ES modules: what nobody imports of them is left out.
  resolve: { mainFields: ['module', 'main'] },
  plugins: [onlyWhatIsUsed, mappedToTypeScript],
  onLog(_level, { message }) {
    throw new Error(message); // an import that leads nowhere would be found out in production
  },
});
await bundle.write({
  dir: folder,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: { groups: [{ name: 'dependencies', test: isDependency, tags: ['$initial'] }] },
  comments: false,
  keepNames: true,
  minify: {
    compress: { keepNames: { function: true, class: true } },
    mangle: { keepNames: true },
    codegen: { removeWhitespace: true },
  },
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await bundle.close();
writeFileSync(join(folder, 'main.js'), MAIN);
for (const script of globSync(join(dist, 'libs/**/*.lua')))
  cpSync(script, join(folder, basename(script)), { force: false, errorOnExist: true });

function isOurs(id: string): boolean {
  return withSlashes(id).startsWith(withSlashes(dist));
}

function isDependency(id: string): boolean {
  return !isOurs(id) && withSlashes(id).includes('/node_modules/');
}

/** On Windows, paths have backslashes. */
function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
