import { validateSync } from 'class-validator';
import { contentOf } from './content-of.js';
import { contradictions } from './contradictions.js';
import { valueOf } from './parsed-by.js';
import { withProxiesOfEitherCase } from './proxy-variables.js';
import { SECRETS, Settings } from './settings.js';
import { variableOf } from './variable.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Lists every bad variable with the reason. It never quotes a value, which may be a secret. */
export class SettingsError extends Error {
  /** @param complaints `VARIABLE: must be …` */
  constructor(readonly complaints: readonly string[]) {
    super(`Invalid settings:\n${complaints.map((complaint) => `  ${complaint}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Text → values → validation → contradictions.
 * @throws SettingsError that lists every bad variable
 */
export function readSettings(given: Environment): Settings {
  const environment = withProxiesOfEitherCase(given);
  const settings = new Settings();
  const unreadable = new Map<string, string>();
  for (const name of Object.keys(settings) as (keyof Settings)[]) {
    try {
      const text = textOf(environment, name);
      if (text !== undefined) Object.assign(settings, { [name]: valueOf(name, text, settings[name]) });
    } catch (error) {
      if (!(error instanceof UnreadableSecret)) throw error;
      unreadable.set(name, error.message);
    }
  }
  const complaints = [...unreadable].map(([name, why]) => `${variableOf(name)}: ${why}`);
  for (const { property, constraints } of validateSync(settings)) {
    if (unreadable.has(property)) continue;
    const reasons = isAbsent(settings[property as keyof Settings]) ? ['is required'] : Object.values(constraints ?? {});
    complaints.push(`${variableOf(property)}: ${reasons.join(', ')}`);
  }
  if (complaints.length === 0) complaints.push(...contradictions(settings));
  if (complaints.length > 0) throw new SettingsError(complaints);
  return settings;
}

function isAbsent(value: Settings[keyof Settings]): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

class UnreadableSecret extends Error {}

/** The text of a variable or of its file; undefined for an absent or empty variable. */
function textOf(environment: Environment, name: keyof Settings): string | undefined {
  const variable = variableOf(name);
  const text = environment[variable] || undefined;
  const canBeFile = (SECRETS as readonly string[]).includes(name);
  const file = canBeFile ? environment[`${variable}_FILE`] || undefined : undefined;
  if (file === undefined) return text;
  if (text !== undefined) throw new UnreadableSecret(`give either it or ${variable}_FILE, not both`);
  const secret = contentOf(file)?.trim();
  if (secret === undefined) throw new UnreadableSecret(`${variable}_FILE can not be read`);
  if (secret === '') throw new UnreadableSecret(`${variable}_FILE is empty`);
  return secret;
}
