import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type JWK, type JWTPayload, importJWK, SignJWT } from 'jose';
import OidcProvider, { type Token, type TokenInput } from 'oidc-provider';
import { freePort } from '../support/free-port.js';

/** What this service is called, and as whom it asks. */
export const AUDIENCE = 'urn:push-resend';
export const CLIENT = { id: 'push-resend', secret: 'the secret: of push-resend/+%&=' };

/** How an endpoint can be of no use, although something answers. */
export type Fault =
  | 'hangs'
  | 'garbage'
  | 'empty'
  | 'error'
  | 'redirect'
  | 'cut'
  | 'endless'
  | 'unauthorized'
  | 'forbidden';

export interface Grant {
  readonly challengeSid?: unknown;
  readonly audience?: string;
  readonly expiresIn?: number;
}

/** `oidc-provider` over HTTP on loopback: real key sets, real tokens, a real introspection endpoint. */
export class IdentityProvider {
  /** Paths asked for, in order. */
  readonly asked: string[] = [];
  private readonly server: Server;
  private provider: OidcProvider;
  private keys: JWK[] = [newKey('RS256')];
  private fault: Fault | object | undefined;
  private readonly extraClaims = new WeakMap<Token, object>();

  private constructor(private readonly port: number) {
    this.provider = this.newProvider();
    this.server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      if (this.fault === undefined) return this.provider.callback()(request, response);
      misbehave(response, this.fault);
    });
  }

  static async start(): Promise<IdentityProvider> {
    const started = new IdentityProvider(await freePort());
    await started.comeBack();
    return started;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }
  get introspectionUrl(): string {
    return `${this.issuer}/token/introspection`;
  }

  /** The key that signs, with its private half. */
  get key(): JWK {
    const [key] = this.keys;
    if (!key) throw new Error('a provider without a key');
    return key;
  }

  /** An access token in JWT form, of RFC 9068, made by the provider itself. */
  async jwt(accountId: string, { audience = AUDIENCE, ...grant }: Grant = {}): Promise<string> {
    const resourceServer = new this.provider.ResourceServer(audience, {
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: this.key.alg, kid: this.key.kid } },
    });
    return this.saved(
      new this.provider.AccessToken({ ...(await this.input(grant)), accountId, resourceServer }),
      grant,
    );
  }

  /** An opaque access token, which only the provider can judge. */
  async opaque(accountId: string, { audience = AUDIENCE, ...grant }: Grant = {}, more: object = {}): Promise<string> {
    const resourceServer = new this.provider.ResourceServer(audience, {});
    const input = { ...(await this.input(grant)), accountId, resourceServer, ...more };
    return this.saved(new this.provider.AccessToken(input), grant);
  }

  /** What a client gets for itself, and for the next time: both are "active" as well. */
  async ofClientItself(): Promise<string> {
    return new this.provider.ClientCredentials(await this.input({})).save();
  }
  async refreshToken(accountId: string): Promise<string> {
    return new this.provider.RefreshToken({ ...(await this.input({})), accountId }).save();
  }

  /** RFC 7009. */
  async revoke(token: string): Promise<void> {
    const basic = [CLIENT.id, CLIENT.secret].map(encodeURIComponent).join(':');
    const { status } = await fetch(`${this.issuer}/token/revocation`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: new URLSearchParams({ token }),
    });
    if (status !== 200) throw new Error(`revocation: ${status}`);
  }

  /** A token of our own making, signed with the provider's key: what is wrong with it is up to the test. */
  async signed(claims: JWTPayload, header: { typ?: string; kid?: string } = {}, key = this.key): Promise<string> {
    const { alg = '', kid = '' } = key;
    const signer = new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header });
    return signer.sign(await importJWK(key));
  }

  /** Claims with which `signed` makes a token that is good. */
  claims(sub: string): JWTPayload & { sub: string } {
    const now = Math.floor(Date.now() / 1000);
    const common = { iss: this.issuer, aud: AUDIENCE, client_id: 'login-screen', jti: randomUUID() };
    return { ...common, sub, iat: now, exp: now + 300 };
  }

  /** A new key signs from now on; the old one is still published, or withdrawn. */
  rotate(old: 'published' | 'withdrawn', alg = 'RS256'): void {
    this.keys = [newKey(alg), ...(old === 'published' ? this.keys : [])];
    this.provider = this.newProvider();
  }

  /** From now on, for whatever it is asked. An object: this very JSON. Undefined: no more. */
  misbehave(fault: Fault | object | undefined): void {
    this.fault = fault;
  }

  async goDown(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async comeBack(): Promise<void> {
    this.fault = undefined;
    if (this.server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  private async input({ expiresIn = 300 }: Grant): Promise<TokenInput> {
    const client = await this.provider.Client.find('login-screen');
    if (!client) throw new Error('the provider does not know its client');
    return { client, expiresIn };
  }

  private saved(token: Token, { challengeSid }: Grant): Promise<string> {
    if (challengeSid !== undefined) this.extraClaims.set(token, { challenge_sid: challengeSid });
    return token.save();
  }

  private newProvider(): OidcProvider {
    const unusable = { redirect_uris: [], response_types: [], grant_types: [] };
    return new OidcProvider(this.issuer, {
      adapter: storage(),
      clients: [
        { client_id: 'login-screen', client_secret: randomBytes(16).toString('hex'), ...unusable },
        { client_id: CLIENT.id, client_secret: CLIENT.secret, ...unusable },
      ],
      jwks: { keys: this.keys },
      extraTokenClaims: (_: unknown, token: Token) => this.extraClaims.get(token),
      features: {
        devInteractions: { enabled: false },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
      },
    });
  }
}

function newKey(alg: string): JWK {
  const { privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), kid: randomUUID(), alg, use: 'sig' };
}

/** Where the provider keeps opaque tokens; its own default says at every start that it is not for production. */
function storage(): (kind: string) => object {
  const records = new Map<string, object>();
  return (kind) => ({
    upsert: async (id: string, record: object) => void records.set(`${kind}:${id}`, record),
    find: async (id: string) => records.get(`${kind}:${id}`),
    destroy: async (id: string) => void records.delete(`${kind}:${id}`),
    revokeByGrantId: async () => undefined,
    consume: async () => undefined,
    findByUserCode: async () => undefined,
    findByUid: async () => undefined,
  });
}

function misbehave(response: ServerResponse, fault: Fault | object): void {
  if (typeof fault === 'object') {
    return void response.setHeader('content-type', 'application/json').end(JSON.stringify(fault));
  }
  switch (fault) {
    case 'hangs':
      return;
    case 'garbage':
      return void response.setHeader('content-type', 'application/json').end('<html>active: true, keys: all</html>');
    case 'empty':
      return void response.setHeader('content-type', 'application/json').end('{}');
    case 'error':
      return void response.writeHead(500).end('{"active":true,"sub":"somebody-0001","keys":[]}');
    case 'redirect':
      return void response.writeHead(302, { location: '/elsewhere' }).end();
    case 'unauthorized':
      return void response
        .writeHead(401, { 'www-authenticate': 'Basic realm="idp"' })
        .end('{"error":"invalid_client"}');
    case 'forbidden':
      return void response.writeHead(403).end('{"error":"unauthorized_client"}');
    case 'cut':
      return void response.writeHead(200, { 'content-length': '1000' }).write('{"active"', () => response.destroy());
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json' });
      return pour(response);
  }
}

/** For as long as somebody takes it. */
function pour(response: ServerResponse): void {
  response.write('{'.repeat(65_536), (error) => {
    if (!error && !response.destroyed) pour(response);
  });
}
