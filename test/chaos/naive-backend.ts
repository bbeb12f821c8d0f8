import type { Rig } from '../support/rig.js';

/** Twilio error 60309: "Max number of notifications: 3". */
const CAP_REACHED = 60309;

/**
 * What many backends do: every tap is passed on to Twilio as it is, with Twilio's longest ttl. When Twilio has had
 * enough, or the Challenge is over, the sign-in is started again, which pushes once more.
 */
export class NaiveBackend {
  private constructor(
    private readonly entity: string,
    private readonly authorization: string,
    private readonly factorSid: string,
    /** The Challenge that the screen waits for. */
    public challengeSid: string,
  ) {}

  static async of(rig: Rig, identity: string, challengeSid: string): Promise<NaiveBackend> {
    const account = await rig.simulate<Record<string, string>>('GET', '');
    const { baseUrl, serviceSid, apiKeySid, apiKeySecret } = account;
    const entity = `${baseUrl}/v2/Services/${serviceSid}/Entities/${identity}`;
    const authorization = `Basic ${Buffer.from(`${apiKeySid}:${apiKeySecret}`).toString('base64')}`;
    const challenge = await fetch(`${entity}/Challenges/${challengeSid}`, { headers: { authorization } });
    const { factor_sid: factorSid } = (await challenge.json()) as { factor_sid: string };
    return new NaiveBackend(entity, authorization, factorSid, challengeSid);
  }

  async tap(): Promise<void> {
    const { code } = await this.post(`/Challenges/${this.challengeSid}/Notifications`, {});
    if (code !== CAP_REACHED && code !== 60323) return;
    const fields = { FactorSid: this.factorSid, 'Details.Message': 'Log in to Example?' };
    const { sid } = await this.post('/Challenges', fields);
    if (sid === undefined) throw new Error('Twilio did not make a Challenge.');
    this.challengeSid = sid;
  }

  private async post(path: string, fields: Record<string, string>): Promise<{ sid?: string; code?: number }> {
    const { authorization } = this;
    const body = new URLSearchParams(fields);
    const response = await fetch(this.entity + path, { method: 'POST', headers: { authorization }, body });
    return (await response.json()) as { sid?: string; code?: number };
  }
}
