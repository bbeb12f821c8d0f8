import { curl } from './curl.js';
import { at, element, enable, onPress, write } from './dom.js';
import type { Exchange } from './exchange.js';
import { simulator } from './simulator.js';

const KEPT = 100;
/** Narrow screens leave it out. */
const PREFIX = '/v1/challenges';
const IS_OVER = /"status":"(approved|denied|expired)"/;

/** Every request of the login screen, newest first, and one of them in full. */
export class WirePane {
  private challengeSid = '';
  private presses = 0;
  private sent = 0;
  /** Oldest first. */
  private readonly rows = new Map<Exchange, HTMLElement>();
  /** The one that the user picked; the others then stay in the list until the next press. */
  private picked: Exchange | undefined;
  private shown: Exchange | undefined;

  constructor(private readonly serviceUrl: string) {
    onPress(at('copy'), () => void this.copy());
    at('action').addEventListener('click', () => this.countPress());
  }

  /** A new exchange, or more of a known one. */
  see = (exchange: Exchange): void => {
    if (!this.rows.has(exchange)) this.add(exchange);
    this.merge(exchange);
    this.drawRow(exchange);
    if (exchange.method === 'POST' && isJustAnswered(exchange)) void this.countSent();
    if (exchange === this.shown || (exchange === this.newest && this.isWorthShowing(exchange))) this.detail(exchange);
  };

  /** Begins anew, with the requests of one Challenge. */
  show(challengeSid: string): void {
    this.challengeSid = challengeSid;
    this.presses = this.sent = 0;
    this.rows.clear();
    this.drawScore();
    void this.countSent();
    at('requests').replaceChildren();
    this.picked = this.shown = undefined;
    write(at('curl'), '');
    write(at('answer'), '');
    enable(at('copy'), false);
  }

  private get newest(): Exchange | undefined {
    return [...this.rows.keys()].at(-1);
  }

  /** The answer to a press stays until the login is over or another press; looks that repeat themselves do not replace it. */
  private isWorthShowing({ method, answer }: Exchange): boolean {
    if (method === 'POST' || IS_OVER.test(answer)) return true;
    return this.picked === undefined && this.shown?.method !== 'POST';
  }

  private add(exchange: Exchange): void {
    const button = element(
      'button',
      '',
      element('span', 'method', exchange.method),
      element('span', 'path', element('span', 'prefix', PREFIX), shortened(exchange.path)),
      element('span', 'status'),
      element('span', 'took'),
    );
    button.type = 'button';
    button.addEventListener('click', () => {
      this.picked = exchange;
      this.detail(exchange);
    });
    const row = element('li', '', button);
    this.rows.set(exchange, row);
    at('requests').prepend(row);
    if (this.rows.size > KEPT) this.remove([...this.rows.keys()][0]);
  }

  /** Looks that follow one another with the same status are one row. */
  private merge(exchange: Exchange): void {
    const before = [...this.rows.keys()].at(-2);
    if (!before || exchange !== this.newest || exchange.status === null || exchange.method !== 'GET') return;
    if (before.path !== exchange.path || before.method !== 'GET' || before.status !== exchange.status) return;
    exchange.times += before.times;
    this.remove(before);
  }

  private remove(exchange: Exchange | undefined): void {
    if (!exchange) return;
    this.rows.get(exchange)?.remove();
    this.rows.delete(exchange);
    if (this.picked === exchange) this.picked = undefined;
    if (this.shown === exchange) this.shown = this.newest;
  }

  private drawRow(exchange: Exchange): void {
    const button = this.rows.get(exchange)?.firstElementChild;
    const [status, took] = [button?.querySelector('.status'), button?.querySelector('.took')];
    if (!status || !took) return;
    status.classList.toggle('good', typeof exchange.status === 'number' && exchange.status < 300);
    write(status, statusOf(exchange));
    write(took, exchange.tookMs === null ? '' : exchange.times > 1 ? `× ${exchange.times}` : `${exchange.tookMs} ms`);
  }

  private detail(exchange: Exchange): void {
    this.shown = exchange;
    for (const [each, row] of this.rows) {
      row.firstElementChild?.setAttribute('aria-current', String(each === exchange));
    }
    write(at('curl'), curl(this.serviceUrl, exchange));
    write(at('answer'), answerOf(exchange));
    enable(at('copy'), true);
  }

  /** Every press counts, also one that the screen ignores. */
  private countPress(): void {
    this.presses += 1;
    this.drawScore();
  }

  /** The number only grows: a reply that others have overtaken changes nothing, nor does none. */
  private async countSent(): Promise<void> {
    const { challengeSid } = this;
    const sent = await simulator.resends(challengeSid).catch(() => 0);
    if (challengeSid !== this.challengeSid) return;
    this.sent = Math.max(this.sent, sent);
    this.drawScore();
  }

  private drawScore(): void {
    write(at('score'), `${this.presses === 1 ? '1 press' : `${this.presses} presses`}, ${this.sent} sent`);
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(at('curl').textContent);
      write(at('copy'), 'Copied');
    } catch {
      getSelection()?.selectAllChildren(at('curl'));
      write(at('copy'), 'Selected');
    }
    setTimeout(() => write(at('copy'), 'Copy'), 2000);
  }
}

/** Its headers have arrived, or it is clear that none will. */
function isJustAnswered({ status, answer }: Exchange): boolean {
  return status !== null && answer === '';
}

function statusOf({ status }: Exchange): string {
  if (status === null) return '…';
  return status === 'failed' ? 'no answer' : String(status);
}

function shortened(path: string): string {
  return path.replace(PREFIX, '').replace(/YC\w+/, 'YC…');
}

function answerOf({ status, answerHeaders, answer }: Exchange): string {
  if (status === null) return '…';
  if (status === 'failed') return 'No answer.';
  const head = Object.entries(answerHeaders).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP ${status}`, ...head, '', indented(answer)].join('\n');
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
