import { validateSync } from 'class-validator';
import { contentOf } from './content-of.js';
import { contradictions } from './contradictions.js';
import { SECRETS, Settings } from './settings.js';

/** Says every variable that is wrong and why, and no value: a value may be a secret. */
export class SettingsError extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(`The settings are not usable:\n${complaints.map((complaint) => `  ${complaint}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** @throws SettingsError naming every bad variable at once */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = new Settings();
  const complaints: string[] = [];
  for (const name of Object.keys(settings) as (keyof Settings)[]) {
    try {
      const text = given(environment, name);
      if (text !== undefined) Object.assign(settings, { [name]: valueOf(text, settings[name]) });
    } catch (error) {
      complaints.push(`${variable(name)}: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
  }
  for (const { property, constraints } of validateSync(settings)) {
    const reasons = Object.values(constraints ?? {}).map((reason) => reason.replace(property, '').trim());
    complaints.push(`${variable(property)}: ${reasons.join(', ')}`);
  }
  if (complaints.length === 0) complaints.push(...contradictions(settings));
  if (complaints.length > 0) throw new SettingsError(complaints);
  return settings;
}

/** `privatePort` → `PRIVATE_PORT` */
function variable(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** An empty variable counts as absent. */
function given(environment: Readonly<Record<string, string | undefined>>, name: keyof Settings): string | undefined {
  const text = environment[variable(name)] || undefined;
  const file = (SECRETS as readonly string[]).includes(name)
    ? environment[`${variable(name)}_FILE`] || undefined
    : undefined;
  if (file === undefined) return text;
  if (text !== undefined) throw new Error(`give it or ${variable(name)}_FILE, not both`);
  const secret = contentOf(file)?.trim();
  if (secret === undefined) throw new Error(`${variable(name)}_FILE can not be read`);
  if (secret === '') throw new Error(`${variable(name)}_FILE is empty`);
  return secret;
}

/** What is not a plain decimal number stays text, and fails validation. */
function valueOf(text: string, initial: Settings[keyof Settings]): string | number {
  return typeof initial === 'number' && /^\d{1,9}$/.test(text) ? Number(text) : text;
}
