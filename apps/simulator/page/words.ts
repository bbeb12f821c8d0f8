import type { ResendState } from '@push-resend/client';

/** What the login screen says in one state, and the one thing that can be done. */
export interface Words {
  readonly heading: string;
  readonly text: string;
  readonly icon: 'phone' | 'sent' | 'check' | 'cross' | 'clock' | 'pause' | 'offline';
  readonly tone: 'calm' | 'muted' | 'done';
  /** `press` sends again, when the state lets it; `start-over` begins a new login. */
  readonly action: { readonly label: string; readonly does: 'press' | 'start-over' };
}

const sendAgain = { label: 'Send it again', does: 'press' } as const;
const startOver = { label: 'Start a new login', does: 'start-over' } as const;

/** Nothing here blames, and nothing needs to be known about how notifications travel. */
export const words: Readonly<Record<ResendState['name'], Words>> = {
  loading: {
    heading: 'One moment',
    text: 'Looking up your login.',
    icon: 'phone',
    tone: 'calm',
    action: sendAgain,
  },
  ready: {
    heading: 'Check your phone',
    text: 'Open the notification from Harbour and approve it. If nothing has arrived, send it again.',
    icon: 'phone',
    tone: 'calm',
    action: sendAgain,
  },
  sending: {
    heading: 'On its way',
    text: 'Another notification is being sent to your phone.',
    icon: 'sent',
    tone: 'calm',
    action: { ...sendAgain, label: 'Sending…' },
  },
  'in-progress': {
    heading: 'Already on its way',
    text: 'A notification is being sent to your phone right now.',
    icon: 'sent',
    tone: 'calm',
    action: sendAgain,
  },
  'cooling-down': {
    heading: 'Check your phone',
    text: 'Open the notification from Harbour and approve it. It can take a moment to arrive.',
    icon: 'phone',
    tone: 'calm',
    action: sendAgain,
  },
  limited: {
    heading: 'Too many for now',
    text: 'To protect you, no more notifications are sent for a while. The ones on your phone still work.',
    icon: 'pause',
    tone: 'muted',
    action: startOver,
  },
  exhausted: {
    heading: 'That was the last one',
    text: 'No more notifications can be sent for this login. Approve one of those on your phone, or start again.',
    icon: 'pause',
    tone: 'muted',
    action: startOver,
  },
  approved: {
    heading: 'You are logged in',
    text: 'You approved this login on your phone. Welcome back.',
    icon: 'check',
    tone: 'done',
    action: startOver,
  },
  denied: {
    heading: 'You said no',
    text: 'This login was denied on your phone, so nothing more is sent. If it was not you who tried, change your password.',
    icon: 'cross',
    tone: 'muted',
    action: startOver,
  },
  expired: {
    heading: 'This login has expired',
    text: 'Nobody answered in time. Start a new login, and a new notification comes with it.',
    icon: 'clock',
    tone: 'muted',
    action: startOver,
  },
  'session-over': {
    heading: 'This screen timed out',
    text: 'It was open for too long and is no longer part of your login. Start a new one.',
    icon: 'clock',
    tone: 'muted',
    action: startOver,
  },
  offline: {
    heading: 'You are offline',
    text: 'Nothing is lost. This screen goes on by itself as soon as you are back.',
    icon: 'offline',
    tone: 'muted',
    action: { ...sendAgain, label: 'Offline' },
  },
  unavailable: {
    heading: 'Not possible right now',
    text: 'We cannot reach your login at the moment, and keep trying. What is on your phone still works.',
    icon: 'pause',
    tone: 'muted',
    action: sendAgain,
  },
};

/** Just after a press that was answered with "sent". */
export const sent: Words = {
  ...words['cooling-down'],
  heading: 'Sent',
  text: 'Another notification is on your phone in a moment. Open it and approve this login.',
  icon: 'sent',
};

/** The page was opened without a login, and the simulator knows no service to start one at. */
export const noLogin: Words = {
  heading: 'No login yet',
  text: 'Open this page with the link that your application made for a login.',
  icon: 'phone',
  tone: 'muted',
  action: sendAgain,
};
