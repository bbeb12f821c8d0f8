import type { Settings } from './settings.js';

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment variable of a property: `privatePort` → `PRIVATE_PORT`. */
export function variableOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * A setting that validation requires in this situation, such as SESSION_JWT_ISSUER with SESSION_STRATEGY=jwt.
 * @throws Error when it is missing: then the conditions in `Settings` do not match the caller's
 */
export function required<Name extends keyof Settings>(settings: Settings, name: Name): NonNullable<Settings[Name]> {
  const value = settings[name];
  if (value === undefined) throw new Error(`${variableOf(name)} is missing, but validation passed`);
  return value;
}
