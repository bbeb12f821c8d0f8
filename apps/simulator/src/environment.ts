import type { SimulatorOptions } from './simulator.js';
import { readTlsFiles } from './tls-files.js';
import { Variables } from './variables.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The options that the environment asks for; an empty variable counts as unset.
 * @throws Error with a sentence about the variable that can not be used
 */
export function readEnvironment(env: Environment): SimulatorOptions {
  const variables = new Variables(env);
  const given = (name: string): string | undefined => variables.text(name);
  return {
    port: readPort(given('SIMULATOR_PORT')),
    host: given('SIMULATOR_HOST'),
    tls: readTls(given('SIMULATOR_TLS_KEY_FILE'), given('SIMULATOR_TLS_CERT_FILE')),
    webhookUrl: variables.url('SIMULATOR_WEBHOOK_URL'),
    serviceUrl: variables.url('SIMULATOR_SERVICE_URL'),
    sessionsApi: readSessionsApi(variables.url('SIMULATOR_INTERNAL_URL'), given('SIMULATOR_INTERNAL_API_KEY')),
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
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error('SIMULATOR_PORT must be a whole number from 0 to 65535, such as 4010.');
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
  return readTlsFiles(keyFile, certFile);
}
