import { validateSync } from 'class-validator';
import { contradictions } from './contradictions.js';
import { valueOf } from './parsed-by.js';
import { plainText, type TextKind, trimmed, UnusableText } from './plain-text.js';
import { withProxiesOfEitherCase } from './proxy-variables.js';
import { SECRETS, Settings } from './settings.js';
import { textOfFile } from './text-file.js';
import { unknownVariables } from './unknown-variables.js';
import { type Environment, variableOf } from './variable.js';

/** How a file name is read. */
const PATH: TextKind = { isSecret: false, isList: false };

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
  if (settings.nodeEnv === 'production' && environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    complaints.push(
      'NODE_TLS_REJECT_UNAUTHORIZED: must not be 0 in production: anyone could impersonate Twilio; add your own CA with NODE_EXTRA_CA_CERTS',
    );
  }
  if (complaints.length === 0) complaints.push(...contradictions(settings));
  if (complaints.length > 0) throw new SettingsError(complaints);
  return settings;
}

/**
 * Unknown variables that begin like settings. Those that are certainly misspelt settings prevent the start; these may
 * belong to other software.
 * @returns each with the closest setting
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
  const given = environment[variable] ?? '';
  const text = plainText(given, kind) || undefined;
  if (!kind.isSecret) return text;
  if (given !== '' && trimmed(given) === '')
    throw new UnusableText('contains only whitespace; leave it empty to unset it');
  const fileVariable = `${variable}_FILE`;
  const file = named(fileVariable, () => plainText(environment[fileVariable] ?? '', PATH));
  if (file === '') return text;
  if (text !== undefined) throw new UnusableText(`set either it or ${fileVariable}, not both`);
  const secret = named(fileVariable, () => plainText(textOfFile(file), kind));
  if (secret === '') throw new UnusableText(`${fileVariable} is empty`);
  return secret;
}

/** A complaint about a secret names the variable of its file, if the file is the problem. */
function named(variable: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnusableText) throw new UnusableText(`${variable} ${error.message}`);
    throw error;
  }
}
