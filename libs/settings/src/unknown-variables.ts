import { MisspeltSettings } from './misspelt-setting.js';
import { trimmed } from './plain-text.js';
import type { Environment } from './variable.js';

/** A variable that looks like a setting but is not one. */
export interface UnknownVariable {
  readonly name: string;
  /** The setting with the most similar name. */
  readonly nearest: string;
  /** Why it can only be meant for this service; undefined where it may belong to other software. */
  readonly complaint: string | undefined;
}

/** Kubernetes and Docker announce other services in variables: a Service `redis` becomes REDIS_PORT=tcp://10.0.0.1:6379. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d{1,5}_(TCP|UDP|SCTP)(_|$)/;
const LINKED_ADDRESS = /^(tcp|udp|sctp):\/\//;
/** They begin like a setting, and belong to Node, to every program, to Linux desktops or to Azure. */
const OF_OTHERS = /^(NODE|HTTPS?|NO)_|^SESSION_MANAGER$|^IDENTITY_(ENDPOINT|HEADER)$/;
/** All programs also accept them in lower case. */
const PROXY = /^(https?|no)_proxy$/;

/**
 * Variables that resemble a setting or begin with the same word as one, except the service links of Kubernetes and
 * Docker. An empty variable counts as unset.
 * @param settings the names of all variables that the service reads
 */
export function unknownVariables(environment: Environment, settings: readonly string[]): UnknownVariable[] {
  const misspelt = new MisspeltSettings(settings);
  const words = new Set(settings.filter((name) => name.includes('_')).map(firstWord));
  return Object.entries(environment).flatMap(([name, value = '']): UnknownVariable[] => {
    const isLink = SERVICE_LINK.test(name) || LINKED_ADDRESS.test(value);
    if (settings.includes(name) || isLink || PROXY.test(name) || trimmed(value) === '') return [];
    const meant = misspelt.meantBy(name);
    if (meant === undefined) {
      const isOurs = name.includes('_') && words.has(firstWord(name)) && !OF_OTHERS.test(name);
      return isOurs ? [{ name, nearest: withLongestSharedStart(name, settings), complaint: undefined }] : [];
    }
    // On Windows a variable has its value under its name in any case.
    if (environment[meant] === value && name.toUpperCase() === meant) return [];
    return [{ name, nearest: meant, complaint: complaintAbout(name, meant) }];
  });
}

function complaintAbout(name: string, meant: string): string {
  const plain = trimmed(name).toUpperCase();
  if (plain === meant) return `is not a setting: the name has lower-case or invisible characters; use ${meant}`;
  if (plain === `${meant}_FILE`) return `is not a setting: ${meant} can not come from a file`;
  return `is not a setting; did you mean ${meant}?`;
}

function firstWord(name: string): string {
  return name.slice(0, name.indexOf('_'));
}

function withLongestSharedStart(name: string, settings: readonly string[]): string {
  const shared = (setting: string) => {
    let length = 0;
    while (length < setting.length && setting[length] === name[length]) length++;
    return length;
  };
  return settings.reduce((best, setting) => (shared(setting) > shared(best) ? setting : best));
}
