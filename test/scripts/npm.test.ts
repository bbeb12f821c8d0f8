/** What npm, the shell and an older Node make of package.json. Each npm runs in a folder with nothing else in it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { engines, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};
const check = join(root, 'scripts/node-version.cjs');

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'push-resend-npm-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('an older Node', () => {
  test.each(['0.10.48', '20.20.2', '23.11.1'])('%s gets one line that says so', (version) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require('${check}')`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', pretend], { encoding: 'utf8' });
    const line = `Push Resend needs Node ${engines.node}, but this is Node ${version} (${process.execPath}).\n`;
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: line });
  });

  test('can read the check, whichever it is', () => {
    expect(readFileSync(check, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')).not.toMatch(
      /=>|`|\.\.\.|\?\.|\?\?|\*\*|\b(const|let|class|async|await|import|export|of)\b/,
    );
  });

  test('meets the check before any TypeScript, in every script', () => {
    const beginsWithNode = /^(exec )?node (-r \.\/scripts\/node-version\.cjs |scripts\/node-version\.cjs &&)/;
    const unguarded = Object.entries(scripts).filter(
      ([, script]) => /\.ts\b|\bvitest\b/.test(script) && !beginsWithNode.test(script),
    );
    expect(unguarded).toEqual([]);
  });

  test('is no reason for npm ci to warn of every package that wants a newer one', () => {
    const folder = emptyFolder();
    const wanting = { name: 'wanting', version: '1.0.0', engines: { node: '>=999' } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(wanting));
    const lock = { lockfileVersion: 3, requires: true, packages: { '': wanting } };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...wanting, ...lock }));
    const ci = () =>
      spawnSync('npm ci --dry-run --offline', { cwd: folder, env: plainly(), shell: true, encoding: 'utf8' });
    expect(ci().stderr).toContain('EBADENGINE');
    cpSync(join(root, '.npmrc'), join(folder, '.npmrc'));
    expect(ci()).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a SIGTERM to npm', () => {
  /** Runs a script of a package that has nothing but a program, which says when it runs and what ends it. */
  async function running(script: string, program: string): Promise<ChildProcess> {
    const folder = emptyFolder();
    const file = join(folder, 'dist/apps/resend/bundle/main.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${program}; setTimeout(() => process.exit(9), 15000); console.log('runs');`);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts: { script } }));
    const npm = spawn('npm', ['run', '--silent', 'script'], {
      cwd: folder,
      env: plainly(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(npm.stdout, 'data');
    return npm;
  }

  test('reaches the service of npm run start:prod, and npm waits for its end', async () => {
    const program = `process.once('SIGTERM', () => { console.log('drained'); process.exit(0); })`;
    const npm = await running(scripts['start:prod'] ?? '', program);
    const said = once(npm.stdout ?? npm, 'data');
    npm.kill('SIGTERM');
    expect(String((await said)[0])).toBe('drained\n');
    expect(await once(npm, 'close')).toEqual([0, null]);
  });

  test('ends npm start, whose shell does not pass it on', async () => {
    const onNpmGone = join(root, 'scripts/npm-gone.ts');
    const program = `const { onNpmGone } = await import('${onNpmGone}'); onNpmGone(() => { console.log('over'); process.exit(0); })`;
    // A shell with something left to do stays between npm and Node, as most do.
    const npm = await running(`node dist/apps/resend/bundle/main.js && true`, program);
    const said = once(npm.stdout ?? npm, 'data');
    npm.kill('SIGTERM');
    expect(String((await said)[0])).toBe('over\n');
  });
});

test('where the Node that npm installed can not run, as under musl, the shell takes the next one', () => {
  const folder = emptyFolder();
  const bundled = join(folder, 'node');
  writeFileSync(bundled, '#!/lib/no-such-loader.so\n');
  chmodSync(bundled, 0o755);
  const path = [folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path };
  const version = execFileSync('sh', ['-c', 'node -p process.execPath'], { env, encoding: 'utf8' });
  expect(version.trim()).toBe(process.execPath);
});

/** Without what the npm around these tests has set. */
function plainly(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
}
