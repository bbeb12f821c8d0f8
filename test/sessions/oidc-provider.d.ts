/** As much of `oidc-provider` (which has no types of its own) as the identity provider of these tests needs. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export interface Client {
    readonly clientId: string;
  }

  export interface TokenInput {
    readonly accountId?: string;
    readonly client: Client;
    readonly expiresIn?: number;
    readonly resourceServer?: ResourceServer;
    readonly jkt?: string;
  }

  export class ResourceServer {
    constructor(identifier: string, options: object);
  }

  export class Token {
    constructor(input: TokenInput);
    save(): Promise<string>;
  }

  export default class OidcProvider {
    constructor(issuer: string, configuration: object);
    readonly AccessToken: typeof Token;
    readonly ClientCredentials: typeof Token;
    readonly RefreshToken: typeof Token;
    readonly ResourceServer: typeof ResourceServer;
    readonly Client: { find(id: string): Promise<Client | undefined> };
    callback(): RequestListener;
  }
}
