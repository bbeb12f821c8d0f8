import type { Catalogue } from './catalogue.js';

const label = 'Send it again';

export const english: Catalogue = {
  states: {
    loading: { label, heading: 'Check your phone', text: 'One moment…' },
    ready: {
      label,
      heading: 'Check your phone',
      text: 'We sent a notification to your app. Open it to finish signing in. Nothing there? Send it again.',
      announcement: 'You can send it again now.',
    },
    sending: { label: 'Sending…', heading: 'Check your phone', text: 'We are sending a notification to your phone.' },
    'in-progress': {
      label: 'Sending…',
      heading: 'Check your phone',
      text: 'A notification is on its way to your phone.',
    },
    'cooling-down': {
      label,
      heading: 'Check your phone',
      text: 'A notification was sent a moment ago. Open the app on your phone.',
    },
    limited: {
      label,
      heading: 'Please wait a little',
      text: 'Many notifications were sent. To protect you, the next one has to wait.',
    },
    exhausted: {
      label,
      heading: 'Check your phone',
      text: 'We can send no more notifications for this login. You can still open the app and answer there.',
      announcement: 'No more notifications can be sent for this login.',
    },
    approved: {
      label: 'Approved',
      heading: 'Approved',
      text: 'You approved this login on your phone.',
      announcement: 'You approved the login.',
    },
    denied: {
      label: 'Denied',
      heading: 'The login was denied',
      text: 'Somebody said no on your phone. If that was not you, change your password.',
      announcement: 'The login was denied.',
    },
    expired: {
      label: 'Expired',
      heading: 'This login has expired',
      text: 'Nobody answered in time. Please start again.',
      announcement: 'This login has expired. Please start again.',
    },
    'session-over': {
      label: 'Signed out',
      heading: 'Please sign in again',
      text: 'This page was open for too long.',
      announcement: 'This page was open for too long. Please sign in again.',
    },
    offline: {
      label,
      heading: 'You are offline',
      text: 'We go on as soon as you have a connection again.',
      announcement: 'You are offline.',
    },
    unavailable: {
      label,
      heading: 'That did not work',
      text: 'Something went wrong on our side. Please try again in a moment.',
      announcement: 'That did not work. Please try again in a moment.',
    },
  },
  sent: {
    heading: 'Sent',
    text: 'We sent a new notification. Open the app on your phone.',
    announcement: 'Sent. Open the app on your phone.',
  },
  codes: {
    'delivery-unknown': {
      heading: 'Check your phone',
      text: 'The notification may have been sent. Open the app on your phone and look.',
      announcement: 'The notification may have been sent. Open the app on your phone.',
    },
    'held-after-denial': {
      heading: 'Please wait a little',
      text: 'A login was denied on your phone a short while ago. To protect you, we send no notification for a while.',
    },
    'challenge-not-push': {
      heading: 'Please use another way',
      text: 'Your phone can not receive notifications for this login.',
      announcement: 'Your phone can not receive notifications for this login.',
    },
    'too-many-requests': {
      heading: 'Please wait a little',
      text: 'Too many attempts in a short time. Please try again a little later.',
      announcement: 'Too many attempts in a short time. Please try again a little later.',
    },
    'resends-paused': {
      heading: 'Please use another way',
      text: 'We can not send notifications at the moment.',
    },
    'challenge-not-found': {
      heading: 'This login is over',
      text: 'Please start again.',
      announcement: 'This login is over. Please start again.',
    },
    'not-sent': {
      text: 'The notification could not be sent. Please try again.',
      announcement: 'The notification could not be sent. Please try again.',
    },
    'no-answer': {
      text: 'We can not reach our service. Please check your connection and try again.',
      announcement: 'We can not reach our service. Please check your connection and try again.',
    },
  },
  actions: {
    'use-other-factor': 'Use another way to sign in',
    'start-over': 'Start a new login',
    stop: 'Start a new login',
    proceed: 'Continue',
  },
  countdown: 'You can send it again in {time}.',
  seconds: '{seconds} s',
  minutes: '{minutes} min',
};
