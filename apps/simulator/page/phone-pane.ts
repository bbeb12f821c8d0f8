import { at, element, enable, icon, onPress, setSwitch, write } from './dom.js';
import { type Challenge, type Device, type Push, simulator } from './simulator.js';

/** As often as the phone is drawn anew. */
const EVERY_MS = 500;

const outcomes = { approved: 'You approved this login.', denied: 'You said no.', expired: 'This login has expired.' };

/** The phone of the user whose login is open: what has arrived, and the two answers. */
export class PhonePane {
  private challengeSid = '';
  private identity = '';
  private isOnline = true;

  constructor() {
    onPress(at('phone-online'), () => void this.act(() => simulator.setOnline(this.identity, !this.isOnline)));
    void this.follow();
  }

  show(challengeSid: string): void {
    this.challengeSid = challengeSid;
    at('notifications').replaceChildren();
    void this.draw();
  }

  private async follow(): Promise<void> {
    if (!document.hidden) await this.draw();
    setTimeout(() => void this.follow(), EVERY_MS);
  }

  private async draw(): Promise<void> {
    const { challengeSid } = this;
    drawClock(new Date());
    if (challengeSid === '') return;
    try {
      const challenge = await simulator.challenge(challengeSid);
      const device = await simulator.device(challenge.identity);
      if (challengeSid !== this.challengeSid) return;
      this.identity = challenge.identity;
      this.drawDevice(challenge, device);
    } catch {
      write(at('phone-foot'), 'The simulator does not answer.');
    }
  }

  private drawDevice(challenge: Challenge, device: Device): void {
    this.isOnline = device.online;
    setSwitch(at('phone-online'), device.online);
    at('phone').classList.toggle('offline', !device.online);
    at('phone-signal').setAttribute('href', `#icon-${device.online ? 'online' : 'offline'}`);
    const pushes = device.pushes.filter(({ challengeSid }) => challengeSid === this.challengeSid);
    const arrived = pushes.filter(({ state }) => state === 'delivered');
    arrived.forEach((push, number) => this.drawNotification(challenge, push, number === arrived.length - 1));
    at('phone-empty').hidden = arrived.length > 0;
    write(at('phone-foot'), fate(pushes, device.online));
  }

  /** Redraws in place, so that focus and animations survive. */
  private drawNotification(challenge: Challenge, push: Push, isNewest: boolean): void {
    const key = push.notificationSid ?? 'automatic';
    const list = at('notifications');
    const known = [...list.children].find((child) => child instanceof HTMLElement && child.dataset['key'] === key);
    const item = known ?? this.makeNotification(challenge.message, key);
    if (!known) list.prepend(item);
    write(part(item, '.when'), when(push.deliveredAt));
    const isOpen = challenge.status === 'pending';
    part(item, '.answers').hidden = !isOpen || !isNewest;
    part(item, '.fate').hidden = isOpen || !isNewest;
    write(part(item, '.fate'), challenge.status === 'pending' ? '' : outcomes[challenge.status]);
    for (const button of item.querySelectorAll('button')) enable(button, this.isOnline);
  }

  private makeNotification(message: string, key: string): HTMLElement {
    const answer = (label: string, className: string, status: 'approved' | 'denied') => {
      const button = element('button', className, label);
      button.type = 'button';
      onPress(button, () => void this.act(() => simulator.answer(this.challengeSid, status)));
      return button;
    };
    const item = element(
      'li',
      'new',
      element('p', 'app', icon('anchor'), 'Harbour', element('span', 'when')),
      element('p', 'message', message),
      element('p', 'fate'),
      element('div', 'answers', answer('Approve', 'approve', 'approved'), answer('Deny', 'deny', 'denied')),
    );
    item.dataset['key'] = key;
    return item;
  }

  private async act(change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (error) {
      write(at('phone-foot'), error instanceof Error ? error.message : 'That did not work.');
    }
    await this.draw();
  }
}

function part(item: Element, selector: string): HTMLElement {
  const found = item.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`A notification has no ${selector}.`);
  return found;
}

function drawClock(now: Date): void {
  const time = now.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  write(at('phone-time'), time);
  write(at('phone-clock'), time);
  write(at('phone-date'), now.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' }));
}

function when(deliveredAt: string | null): string {
  const minutes = deliveredAt === null ? 0 : Math.floor((Date.now() - Date.parse(deliveredAt)) / 60_000);
  return minutes < 1 ? 'now' : `${minutes} min ago`;
}

function fate(pushes: readonly Push[], isOnline: boolean): string {
  const waiting = pushes.filter(({ state }) => state === 'waiting').length;
  const lost = pushes.filter(({ state }) => state === 'dropped').length;
  const parts = [
    waiting > 0 && `${count(waiting)} until the phone is online again.`,
    lost > 0 && `${lost === 1 ? 'One notification' : `${lost} notifications`} never arrived.`,
  ].filter((text) => text !== false);
  if (parts.length > 0) return parts.join(' ');
  return isOnline
    ? 'Answer the notification, or take the phone offline.'
    : 'Nothing arrives while the phone is offline.';
}

function count(waiting: number): string {
  return waiting === 1 ? 'One notification waits' : `${waiting} notifications wait`;
}
