import type { Log } from '@telemetry/log.js';

/** Logs when an issuer publishes unusable keys, and when it no longer does. */
export function unusableKeysLogged(log: Log, issuer: string): (count: number) => void {
  return (keys) => {
    const line = { event: 'jwks.unusable', issuer, keys };
    if (keys === 0) log.info(line, 'all keys of the token issuer are usable again');
    else log.warn(line, 'the token issuer publishes unusable keys; tokens signed with them are refused');
  };
}
