import type { AddressInfo, Socket } from 'node:net';

import { fastify, type ConnectionError, type FastifyInstance } from 'fastify';

import { Clock } from './clock.js';
import { registerControl } from './control.js';
import { demoCredentials, type Credentials } from './credentials.js';
import { Faults } from './faults.js';
import { Journal } from './journal.js';
import type { SessionsApi } from './logins.js';
import { registerRelay } from './relay.js';
import { defaultSwitches } from './switches.js';
import { rememberTcp } from './tcp-reset.js';
import { registerTwilio, TWILIO_ROUTE } from './twilio-route.js';
import { TwilioHttp } from './twilio-http.js';
import { Twilio } from './twilio.js';
import { registerWebPage } from './web-page.js';

/** How to start a simulator; nothing is needed. */
export interface SimulatorOptions {
  /** 4010 unless given; 0: any free port. */
  readonly port?: number | undefined;
  /** 127.0.0.1 unless given. */
  readonly host?: string | undefined;
  /** PEM: speaks https with them, on the same port; plain http unless given. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** Called about answered Challenges and Factors; none unless given. */
  readonly webhookUrl?: string | undefined;
  /** The resend service that the login screen of the web page calls; http://127.0.0.1:8080 unless given. */
  readonly serviceUrl?: string | undefined;
  /** The same service for whoever reads the page: in its curls and warnings; `serviceUrl` unless given. */
  readonly shownServiceUrl?: string | undefined;
  /** Where the web page registers the sessions of new logins; without it the page shows only logins that a link names. */
  readonly sessionsApi?: SessionsApi | undefined;
  /** The folder of the built web page, with a slash at the end; beside this code unless given. */
  readonly pageFolder?: URL | undefined;
  /** Each one replaces a demo value. */
  readonly credentials?: { readonly [Name in keyof Credentials]?: string | undefined } | undefined;
  /** Where the clock takes its time from, in ms since 1970; the machine's clock unless given. */
  readonly now?: (() => number) | undefined;
  /** 0 to 1, for losses and probabilities; `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/** Where a running simulator is, and what opens it. */
export interface RunningSimulator extends Credentials {
  /** The base URL, without a slash at the end: `client.verify.baseUrl = url`. */
  readonly url: string;
  readonly port: number;
}

/** A stand-in for Twilio Verify Push on one port: Twilio's routes, the control surface `/_sim`, and a web page. */
export class Simulator {
  private app: FastifyInstance | undefined;
  private twilio: Twilio | undefined;

  /** Resolves when it listens. @throws when the port is taken or it runs already */
  async start(options: SimulatorOptions = {}): Promise<RunningSimulator> {
    if (this.app) throw new Error('The simulator runs already.');
    const random = options.random ?? Math.random;
    const switches = { ...defaultSwitches };
    const given = Object.entries(options.credentials ?? {}).filter(([, value]) => value !== undefined);
    const credentials: Credentials = { ...demoCredentials, ...Object.fromEntries(given) };
    const twilio = new Twilio(credentials, new Clock(options.now), switches, options.webhookUrl, random);
    const faults = new Faults(random);
    const journal = new Journal();
    const http = new TwilioHttp(twilio, faults, journal);

    const { tls } = options;
    const sessionsApi = options.sessionsApi && { ...options.sessionsApi, url: withoutSlash(options.sessionsApi.url) };
    const serviceUrl = withoutSlash(options.serviceUrl ?? 'http://127.0.0.1:8080');
    const shownServiceUrl = withoutSlash(options.shownServiceUrl ?? serviceUrl);
    const startsLogins = sessionsApi !== undefined;
    const app = fastify({
      ...(tls && { https: tls }),
      forceCloseConnections: true, // also those that a fault keeps open
      keepAliveTimeout: switches.keepAliveSeconds * 1000,
      requestTimeout: 0,
      rewriteUrl: (request) => (isOurs(request.url ?? '') ? (request.url ?? '') : TWILIO_ROUTE),
      clientErrorHandler: (error, socket) => refuseUnreadable(http, error, socket),
    });
    app.server.keepAliveTimeoutBuffer = 0; // close when the switch says, not a second later
    rememberTcp(app.server);
    const onSwitches = (): void => {
      app.server.keepAliveTimeout = switches.keepAliveSeconds * 1000;
    };
    await app.register(async (scope) => registerTwilio(scope, http));
    await app.register(async (scope) => registerControl(scope, { twilio, faults, journal, sessionsApi, onSwitches }));
    await app.register(async (scope) => registerRelay(scope, { serviceUrl, shownServiceUrl, startsLogins }));
    registerWebPage(app, options.pageFolder ?? new URL('page/', import.meta.url));

    const host = options.host ?? '127.0.0.1';
    await app.listen({ port: options.port ?? 4010, host });
    this.app = app;
    this.twilio = twilio;
    const { port } = app.server.address() as AddressInfo;
    return {
      url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
      port,
      ...credentials,
    };
  }

  /** Closes every connection, hung ones too, and resolves when the port is free. */
  async stop(): Promise<void> {
    const { app } = this;
    this.app = undefined;
    this.twilio?.webhooks.stop();
    await app?.close();
  }
}

/** A base URL that paths can be appended to. */
function withoutSlash(url: string): string {
  return url.replace(/\/+$/, ''); // backtracks: over a setting of the operator's only
}

/** The control surface and the page are ours; every other path, however odd, is meant for Twilio. */
function isOurs(rawPath: string): boolean {
  return rawPath === '/' || /^\/_sim(?=[/?]|$)/.test(rawPath);
}

/** Node could not read it: journaled all the same, with as much of its first line as arrived. */
function refuseUnreadable(http: TwilioHttp, error: ConnectionError, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const packet = error.rawPacket as unknown as Buffer | undefined; // Fastify declares its JSON form
    const [method = '', path = ''] = packet?.toString('latin1').split(/[ \r\n]/) ?? [];
    http.noteUnreadable(socket, method, path, 400, `not readable as HTTP: ${error.code ?? error.message}`);
    socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  }
  socket.destroy();
}
