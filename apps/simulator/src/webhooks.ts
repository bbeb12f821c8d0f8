import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import type { Switches } from './switches.js';
import { signatureHeaders } from './webhook-signature.js';

/** Twilio has no event for expiry, and none for Notifications. */
export const webhookTypes = [
  'factor.created',
  'factor.verified',
  'factor.deleted',
  'challenge.approved',
  'challenge.denied',
] as const;
export type WebhookType = (typeof webhookTypes)[number];

/** What an event is about; always something of one service. */
export type WebhookSubject = Readonly<Record<string, string>> & { readonly service_sid: string };

/** Where events go, and what to do when a delivery fails. */
export interface WebhookTargets {
  /** The URLs that want to know. */
  readonly urls: (type: WebhookType, serviceSid: string) => readonly string[];
  readonly onFailure: (url: string) => void;
}

/** One attempt to deliver a webhook. */
export interface WebhookDelivery {
  readonly type: WebhookType;
  readonly uuid: string;
  readonly url: string;
  /** The HTTP status of the receiver; null when it could not be reached. */
  readonly status: number | null;
  /** Anything but a 200; shown in the debugger as 60330. */
  readonly failed: boolean;
}

const TIMEOUT_MS = 15_000;

/**
 * Calls URLs about Factors and Challenges. Never retried, as far as Twilio documents it. The set of fields is what
 * is documented or was seen; form or JSON (switch `webhookEncoding`) is an assumption.
 */
export class Webhooks {
  readonly deliveries: WebhookDelivery[] = [];
  private held: (() => Promise<void>) | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly targets: WebhookTargets,
    private readonly accountSid: string,
    private readonly authToken: string,
    private readonly switches: Switches,
  ) {}

  /** Resolves when every copy was answered or failed; at once when nothing is to be sent now. Never rejects. */
  async send(type: WebhookType, about: WebhookSubject): Promise<void> {
    const urls = this.targets.urls(type, about.service_sid);
    if (urls.length === 0) return;
    const deliverTo = async (url: string): Promise<void> => {
      const fields = { uuid: randomUUID(), type, account_sid: this.accountSid, ...about };
      for (let copy = 0; copy < this.switches.webhookCopies; copy += 1) await this.deliver(url, fields);
    };
    const deliver = async (): Promise<void> => void (await Promise.all(urls.map(deliverTo)));
    if (!this.switches.webhookReorder) return deliver();
    const earlier = this.held;
    this.held = earlier ? undefined : deliver;
    if (!earlier) return;
    await deliver();
    await earlier();
  }

  clear(): void {
    this.deliveries.length = 0;
    this.held = undefined;
  }

  /** Gives up what is under way. */
  stop(): void {
    this.stopping.abort();
  }

  private async deliver(
    url: string,
    fields: { type: WebhookType; uuid: string } & Record<string, string>,
  ): Promise<void> {
    const message = this.compose(url, fields);
    let status: number | null = null;
    try {
      await wait(this.switches.webhookDelayMs, undefined, { signal: this.stopping.signal });
      const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const { headers, body } = message;
      const answer = await fetch(message.url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      status = answer.status;
      await answer.arrayBuffer();
    } catch {
      // Told by `status` and `failed` below: a receiver that is away must not break the phone.
    }
    const failed = status !== 200;
    this.deliveries.push({ type: fields.type, uuid: fields.uuid, url: message.url, status, failed });
    if (failed && !this.stopping.signal.aborted) this.targets.onFailure(url);
  }

  private compose(url: string, fields: Record<string, string>) {
    const isJson = this.switches.webhookEncoding === 'json';
    const body = isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
    const withHash = (bare: string): string => {
      const hash = createHash('sha256').update(body).digest('hex');
      return isJson ? `${bare}${bare.includes('?') ? '&' : '?'}bodySHA256=${hash}` : bare;
    };
    const signedUrl = withHash(this.switches.webhookSignedUrl ?? url);
    const headers = {
      'Content-Type': isJson ? 'application/json' : 'application/x-www-form-urlencoded; charset=UTF-8',
      'User-Agent': 'TwilioProxy/1.1',
      ...signatureHeaders(signedUrl, isJson ? {} : fields, this.authToken, this.switches),
    };
    return { url: withHash(url), headers, body };
  }
}
