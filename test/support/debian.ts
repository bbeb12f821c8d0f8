import { execFileSync } from 'node:child_process';

/** Installs a package of Debian, as root only, and says so. @returns whether it is installed now */
export function installFromDebian(name: string, because: string): boolean {
  if (process.getuid?.() !== 0) return false;
  console.log(`${because}: installing Debian’s ${name}.`);
  const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  try {
    execFileSync('apt-get', ['update'], quiet);
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', name], quiet);
    return true;
  } catch {
    return false;
  }
}
