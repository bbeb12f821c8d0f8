import { createResend, type Resend, type ResendOptions, type ResendState } from '../index.js';
import { announcements } from '../messages/announced.js';
import { type Catalogue, english, german, messageOf } from '../messages/index.js';
import { buildParts, type Parts } from './parts.js';

/** Sent by the element at each change; `detail` is the new state. */
export type PushResendStateEvent = CustomEvent<ResendState>;

declare global {
  interface HTMLElementTagNameMap {
    'push-resend-button': PushResendButton;
  }
  interface HTMLElementEventMap {
    'push-resend-state': PushResendStateEvent;
  }
}

/** On a server there are no elements, and importing this must do nothing there. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * The button, its countdown and what there is to say. Attributes: `challenge-sid`, `base-url`, `path`, and `lang` (also an
 * ancestor's), by which the texts are English or German. It asks from when it is in the page with a `challenge-sid` until it leaves.
 */
export class PushResendButton extends Base {
  static readonly observedAttributes = ['challenge-sid', 'base-url', 'path', 'lang'];

  readonly #parts: Parts;
  #token: ResendOptions['token'];
  #messages: Catalogue | undefined;
  #resend = this.#created();
  #read = announcements(this.#resend);
  #leave: (() => void) | undefined;
  #isStarting = false;

  constructor() {
    super();
    this.#parts = buildParts(this.attachShadow({ mode: 'open', delegatesFocus: true }));
    this.#parts.button.addEventListener('click', () => this.press());
  }

  /** As `createResend` has it: asked anew when the service no longer accepts a token. Without it the page's cookies go along. */
  get token(): ResendOptions['token'] {
    return this.#token;
  }

  set token(token: ResendOptions['token']) {
    const isFirst = this.#token === undefined;
    this.#token = token;
    if (isFirst) this.#startOver();
  }

  /** Every text; else English or German, by `lang`. */
  get messages(): Catalogue {
    if (this.#messages !== undefined) return this.#messages;
    return this.closest('[lang]')?.getAttribute('lang')?.startsWith('de') === true ? german : english;
  }

  set messages(messages: Catalogue | undefined) {
    this.#messages = messages;
    this.#draw();
  }

  get state(): ResendState {
    return this.#resend.state;
  }

  /** Asks for one push. Nothing happens unless `state.canPress`. */
  press(): void {
    this.#resend.press();
  }

  connectedCallback(): void {
    this.#adopt('token');
    this.#adopt('messages');
    this.#start();
  }

  disconnectedCallback(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === 'lang') this.#draw();
    else this.#startOver();
  }

  /** A property that was set before this element was defined hides the accessor of its class. */
  #adopt(name: 'token' | 'messages'): void {
    const own = Object.getOwnPropertyDescriptor(this, name);
    if (own === undefined) return;
    Reflect.deleteProperty(this, name);
    Reflect.set(this, name, own.value);
  }

  #created(): Resend {
    const token = async () => (await this.#token?.()) ?? '';
    return createResend({
      challengeSid: this.getAttribute('challenge-sid') ?? '',
      baseUrl: this.getAttribute('base-url') ?? '',
      ...(this.hasAttribute('path') && { path: this.getAttribute('path') ?? '' }),
      ...(this.#token !== undefined && { token }),
    });
  }

  #startOver(): void {
    this.disconnectedCallback();
    this.#resend = this.#created();
    this.#read = announcements(this.#resend);
    this.#start();
  }

  /** Later, once for all attributes and properties that a page sets together. */
  #start(): void {
    this.#draw();
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      if (this.#leave !== undefined || !this.isConnected || !this.getAttribute('challenge-sid')) return;
      this.#leave = this.#resend.subscribe(() => this.#changed());
      this.#draw();
    });
  }

  #changed(): void {
    this.#draw();
    this.dispatchEvent(new CustomEvent('push-resend-state', { detail: this.state, bubbles: true, composed: true }));
  }

  #draw(): void {
    const { state, announced } = this.#read();
    const { button, timer, text, status } = this.#parts;
    const { messages } = this;
    const message = messageOf(state, messages);
    button.setAttribute('aria-disabled', String(!state.canPress));
    write(button, message.label);
    write(timer, message.countdown);
    write(text, message.text);
    write(status, announced && messageOf(announced, messages).announcement);
  }
}

/** Leaves equal text alone: a live region would be spoken again. */
function write(element: HTMLElement, text: string | null): void {
  if (element.textContent !== (text ?? '')) element.textContent = text;
}
