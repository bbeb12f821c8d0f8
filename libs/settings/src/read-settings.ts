import { validateSync } from 'class-validator';
import { contradictions } from './contradictions.js';
import { valueOf } from './parsed-by.js';
import { plainText, type TextKind, UnusableText } from './plain-text.js';
import { withProxiesOfEitherCase } from './proxy-variables.js';
import { SECRETS, Settings } from './settings.js';
import { textOfFile } from './text-file.js';
import { unknownVariables } from './unknown-variables.js';
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
  const unusable = new Map<string, string>();
  for (const name of namesOf(settings)) {
    try {
      const text = textOf(environment, name, { isSecret: isSecret(name), isList: Array.isArray(settings[name]) });
      if (text !== undefined) Object.assign(settings, { [name]: valueOf(name, text, settings[name]) });
    } catch (error) {
      if (!(error instanceof UnusableText)) throw error;
      unusable.set(name, error.message);
    }
  }
  const complaints = [...unusable].map(([name, why]) => `${variableOf(name)}: ${why}`);
  for (const { property, constraints } of validateSync(settings)) {
    if (unusable.has(property)) continue;
    const reasons = isAbsent(settings[property as keyof Settings]) ? ['is required'] : Object.values(constraints ?? {});
    complaints.push(`${variableOf(property)}: ${reasons.join(', ')}`);
  }
  for (const { name, complaint } of unknownVariables(environment, variables())) {
    if (complaint !== undefined) complaints.push(`${name}: ${complaint}`);
  }
  if (complaints.length === 0) complaints.push(...contradictions(settings));
  if (complaints.length > 0) throw new SettingsError(complaints);
  return settings;
}

/**
 * Variables that begin like settings and are none. Those that are certainly misspelt settings prevent the start; these
 * may belong to other software.
 * @returns each with the setting whose name is nearest
 */
export function ignoredVariables(environment: Environment): Readonly<Record<string, string>> {
  const unknown = unknownVariables(environment, variables());
  return Object.fromEntries(unknown.map(({ name, nearest }) => [name, nearest]));
}

function namesOf(settings: Settings): (keyof Settings)[] {
  return Object.keys(settings) as (keyof Settings)[];
}

/** Every variable that is read. */
function variables(): string[] {
  const names = namesOf(new Settings());
  return [...names.map(variableOf), ...SECRETS.map((name) => `${variableOf(name)}_FILE`)];
}

function isSecret(name: keyof Settings): boolean {
  return (SECRETS as readonly string[]).includes(name);
}

function isAbsent(value: Settings[keyof Settings]): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** The text of a variable or of its file; undefined for an absent or empty variable. */
function textOf(environment: Environment, name: keyof Settings, kind: TextKind): string | undefined {
  const variable = variableOf(name);
  const text = plainText(environment[variable] ?? '', kind) || undefined;
  const file = kind.isSecret && plainText(environment[`${variable}_FILE`] ?? '', { isSecret: false, isList: false });
  if (!file) return text;
  if (text !== undefined) throw new UnusableText(`give either it or ${variable}_FILE, not both`);
  const secret = textInFile(file, `${variable}_FILE`, kind);
  if (secret === '') throw new UnusableText(`${variable}_FILE is empty`);
  return secret;
}

/** Complaints name the variable that has the file's name: what is wrong is in there. */
function textInFile(file: string, variable: string, kind: TextKind): string {
  try {
    return plainText(textOfFile(file), kind);
  } catch (error) {
    if (error instanceof UnusableText) throw new UnusableText(`${variable} ${error.message}`);
    throw error;
  }
}
