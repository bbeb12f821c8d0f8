import { readFileSync } from 'node:fs';

import type { SimulatorOptions } from './simulator.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The options that the environment asks for; an empty variable counts as unset.
 *
 * @throws Error with a sentence about the variable that can not be used
 */
export function readEnvironment(env: Environment): SimulatorOptions {
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  return {
    port: readPort(given('SIMULATOR_PORT')),
    host: given('SIMULATOR_HOST'),
    tls: readTls(given('SIMULATOR_TLS_KEY_FILE'), given('SIMULATOR_TLS_CERT_FILE')),
    webhookUrl: given('SIMULATOR_WEBHOOK_URL'),
    serviceUrl: given('SIMULATOR_SERVICE_URL'),
    shownServiceUrl: given('SIMULATOR_SHOWN_SERVICE_URL'),
    sessionsApi: readSessionsApi(given('SIMULATOR_INTERNAL_URL'), given('SIMULATOR_INTERNAL_API_KEY')),
    credentials: {
      accountSid: given('SIMULATOR_ACCOUNT_SID'),
      authToken: given('SIMULATOR_AUTH_TOKEN'),
      apiKeySid: given('SIMULATOR_API_KEY_SID'),
      apiKeySecret: given('SIMULATOR_API_KEY_SECRET'),
      serviceSid: given('SIMULATOR_VERIFY_SERVICE_SID'),
    },
  };
}

function readPort(text = '4010'): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('SIMULATOR_PORT must be from 0 to 65535.');
  return Number(text);
}

function readSessionsApi(url: string | undefined, apiKey: string | undefined): SimulatorOptions['sessionsApi'] {
  if (url === undefined && apiKey === undefined) return undefined;
  if (url === undefined || apiKey === undefined) {
    throw new Error('SIMULATOR_INTERNAL_URL and SIMULATOR_INTERNAL_API_KEY belong together.');
  }
  return { url, apiKey };
}

function readTls(keyFile: string | undefined, certFile: string | undefined): SimulatorOptions['tls'] {
  if (keyFile === undefined && certFile === undefined) return undefined;
  if (keyFile === undefined || certFile === undefined) {
    throw new Error('SIMULATOR_TLS_KEY_FILE and SIMULATOR_TLS_CERT_FILE belong together.');
  }
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}
