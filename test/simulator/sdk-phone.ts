import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';

import twilio from 'twilio';

import { answerTo, lastAnswer, signedJwt } from './signed-answer.js';

/** Where a phone registers, and with what. */
export interface Invitation {
  readonly url: string;
  readonly accountSid: string;
  readonly serviceSid: string;
  readonly identity: string;
  readonly accessToken: string;
}

/** A Factor as the SDKs of phones read it. */
interface OwnFactor {
  readonly sid: string;
  readonly config: { readonly credential_sid: string };
}

/**
 * A phone that speaks as Twilio's Verify SDKs for Android and iOS do: the user `token`, an access token to register, then
 * JWTs that its own key signs. It calls through the server SDK that it is given, which only carries the requests.
 */
export class SdkPhone {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private factor: OwnFactor | undefined;

  constructor(
    private readonly invitation: Invitation,
    /** Seconds since 1970, by the phone's own clock. */
    private readonly now: () => number,
    private readonly sdk: typeof twilio = twilio,
  ) {}

  get factorSid(): string {
    return this.own.sid;
  }

  /** Registers the app: a new Factor, unverified. */
  async register(): Promise<void> {
    const { publicKey } = this.keys;
    const created = await this.entity(this.invitation.accessToken).newFactors.create({
      friendlyName: 'My phone',
      factorType: 'push',
      'binding.alg': 'ES256',
      'binding.publicKey': publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      'config.appId': 'com.example.app',
      'config.notificationPlatform': 'fcm',
      'config.notificationToken': randomUUID(),
      'config.sdkVersion': '2.1.0',
      metadata: { os: 'Android' },
    });
    this.factor = created;
  }

  /** Proves that it holds the key: a DER signature of the Factor's SID. */
  async verify(signer = this.keys.privateKey): Promise<string> {
    const authPayload = sign('sha256', Buffer.from(this.own.sid), signer).toString('base64');
    return (await this.entity().factors(this.own.sid).update({ authPayload })).status;
  }

  /** The Challenges that wait for the user, as an app finds them when it opens. */
  async pending(): Promise<string[]> {
    const query = { factorSid: this.own.sid, status: 'pending' as const, pageSize: 20 };
    return (await this.entity().challenges.list(query)).map(({ sid }) => sid);
  }

  /** The user taps approve or deny: the app looks at the Challenge, and signs it with its answer. */
  async answer(challengeSid: string, status: 'approved' | 'denied', signer = this.keys.privateKey): Promise<string> {
    const client = this.client();
    const challenge = this.entityOf(client).challenges(challengeSid);
    await challenge.fetch();
    await challenge.update({ authPayload: answerTo(lastAnswer(client), status, signer) });
    return (await challenge.fetch()).status;
  }

  async remove(): Promise<boolean> {
    return this.entity().factors(this.own.sid).remove();
  }

  /** The Entity through the SDK, with a credential as password. */
  entity(credential?: string) {
    return this.entityOf(this.client(credential));
  }

  /** The credential of the registered phone, good for ten minutes. */
  credential(changed: { header?: object; claims?: object; signer?: KeyObject } = {}): string {
    const header = { cty: 'twilio-pba;v=1', kid: this.own.config.credential_sid, ...changed.header };
    const [nbf, exp] = [this.now(), this.now() + 600];
    const claims = { sub: this.invitation.accountSid, exp, nbf, ...changed.claims };
    return signedJwt(header, claims, changed.signer ?? this.keys.privateKey);
  }

  private get own(): OwnFactor {
    if (!this.factor) throw new Error('The phone has not registered.');
    return this.factor;
  }

  private client(credential = this.credential()) {
    const client = this.sdk('token', credential, { accountSid: this.invitation.accountSid });
    client.verify.baseUrl = this.invitation.url;
    return client;
  }

  private entityOf(client: ReturnType<typeof twilio>) {
    return client.verify.v2.services(this.invitation.serviceSid).entities(this.invitation.identity);
  }
}
