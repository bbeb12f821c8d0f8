import { type Certificate, selfSigned } from '../support/certificate.ts';
import { Contender } from './contender.ts';
import { programPath } from './programs.ts';
import { temporaryFile } from './temporary.ts';

/** A fake Twilio. */
export interface Upstream {
  readonly url: string;
  /** PEM, with TLS. */
  readonly ca: string | undefined;
  /** The environment of a process that trusts it. */
  readonly trust: Readonly<Record<string, string>>;
  readonly pid: number;
  stop(): Promise<void>;
}

/** @param delayMs how long each of its answers takes */
export async function startTwilio({ tls = false, delayMs = 0 } = {}): Promise<Upstream> {
  const certificate = tls ? selfSigned('fake Twilio') : undefined;
  const twilio = new Contender(programPath('fake-twilio'), {
    DELAY_MS: String(delayMs),
    ...environmentOf(certificate),
  });
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${await twilio.port()}`;
  const trust = { ...(certificate && { NODE_EXTRA_CA_CERTS: temporaryFile('twilio.pem', certificate.cert) }) };
  return { url, ca: certificate?.cert, trust, pid: twilio.pid, stop: () => twilio.stop() };
}

function environmentOf(certificate: Certificate | undefined): Record<string, string> {
  return certificate ? { TLS_KEY: certificate.key, TLS_CERT: certificate.cert } : {};
}
