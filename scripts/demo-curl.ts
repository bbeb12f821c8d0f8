import { demoHeaderFile, demoKeys, internalUrl, serviceUrl, simulatorUrl } from './demo-pair.ts';

const LIFETIME_SECONDS = 540;
const AGE_SECONDS = 60;

/**
 * Creates a user with a session and a pending Challenge, whose automatic push was sent a minute ago.
 * @returns curl lines to try it, which mean the same to sh, to cmd and to PowerShell 7
 */
export async function demoCurl(): Promise<string> {
  const identity = `demo-${crypto.randomUUID()}`;
  const wanted = { identity, expiresInSeconds: LIFETIME_SECONDS, ageSeconds: AGE_SECONDS };
  const { challengeSid } = await post(`${simulatorUrl}/_sim/challenges`, wanted, {});
  const session = { identity, challengeSid, expiresInSeconds: LIFETIME_SECONDS };
  const authorization = `Bearer ${demoKeys().credential}`;
  const { token } = await post(`${internalUrl}/internal/v1/sessions`, session, { authorization });
  const support = `${internalUrl}/internal/v1/identities/${identity}`;
  const page = `${simulatorUrl}/#service=${serviceUrl}&token=${token}&challenge=${challengeSid}`;
  return [
    '',
    `Paste this within ${LIFETIME_SECONDS / 60} minutes to press the button. Paste it again a little later to see a refusal:`,
    '',
    `  curl -i -X POST ${serviceUrl}/v1/challenges/${challengeSid}/notifications -H "Authorization: Bearer ${token}"`,
    '',
    `Or open the page with the button and the phone: ${page}`,
    '',
    'What support sees of this user, through the internal API:',
    '',
    `  curl ${support}/resend-state -H "@${demoHeaderFile()}"`,
    '',
  ].join('\n');
}

async function post(url: string, body: object, headers: Record<string, string>): Promise<Record<string, string>> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, init);
  if (!response.ok)
    throw new Error(`POST ${new URL(url).pathname} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}
