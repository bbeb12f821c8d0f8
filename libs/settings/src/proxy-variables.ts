import type { Environment } from './variable.js';

/** Variables that all programs accept in both cases; lower case takes precedence. */
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/** @returns the environment with those of the variables that are given in lower case also in upper case */
export function withProxiesOfEitherCase(environment: Environment): Environment {
  const given = PROXIES.map((name): [string, string | undefined] => [name, environment[name.toLowerCase()]]);
  return { ...environment, ...Object.fromEntries(given.filter(([, value]) => value)) };
}
