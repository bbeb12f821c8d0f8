import type { Catalogue } from './catalogue.js';

const label = 'Erneut senden';

export const german: Catalogue = {
  states: {
    loading: { label, heading: 'Schauen Sie auf Ihr Handy', text: 'Einen Moment…' },
    ready: {
      label,
      heading: 'Schauen Sie auf Ihr Handy',
      text: 'Wir haben eine Mitteilung an Ihre App gesendet. Öffnen Sie die App, um sich anzumelden. Nichts angekommen? Senden Sie sie erneut.',
      announcement: 'Sie können die Mitteilung jetzt erneut senden.',
    },
    sending: {
      label: 'Wird gesendet…',
      heading: 'Schauen Sie auf Ihr Handy',
      text: 'Wir senden eine Mitteilung an Ihr Handy.',
    },
    'in-progress': {
      label: 'Wird gesendet…',
      heading: 'Schauen Sie auf Ihr Handy',
      text: 'Eine Mitteilung ist unterwegs zu Ihrem Handy.',
    },
    'cooling-down': {
      label,
      heading: 'Schauen Sie auf Ihr Handy',
      text: 'Vor Kurzem wurde eine Mitteilung gesendet. Öffnen Sie die App auf Ihrem Handy.',
    },
    limited: {
      label,
      heading: 'Bitte warten Sie etwas',
      text: 'Es wurden viele Mitteilungen gesendet. Zu Ihrem Schutz muss die nächste noch warten.',
    },
    exhausted: {
      label,
      heading: 'Schauen Sie auf Ihr Handy',
      text: 'Für diese Anmeldung können wir keine Mitteilung mehr senden. Sie können weiterhin in der App antworten.',
      announcement: 'Für diese Anmeldung kann keine Mitteilung mehr gesendet werden.',
    },
    approved: {
      label: 'Bestätigt',
      heading: 'Bestätigt',
      text: 'Sie haben die Anmeldung auf Ihrem Handy bestätigt.',
      announcement: 'Sie haben die Anmeldung bestätigt.',
    },
    denied: {
      label: 'Abgelehnt',
      heading: 'Die Anmeldung wurde abgelehnt',
      text: 'Auf Ihrem Handy wurde Nein gesagt. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.',
      announcement: 'Die Anmeldung wurde abgelehnt.',
    },
    expired: {
      label: 'Abgelaufen',
      heading: 'Die Anmeldung ist abgelaufen',
      text: 'Es wurde nicht rechtzeitig geantwortet. Bitte beginnen Sie von vorn.',
      announcement: 'Die Anmeldung ist abgelaufen. Bitte beginnen Sie von vorn.',
    },
    'session-over': {
      label: 'Abgemeldet',
      heading: 'Bitte melden Sie sich erneut an',
      text: 'Diese Seite war zu lange geöffnet.',
      announcement: 'Diese Seite war zu lange geöffnet. Bitte melden Sie sich erneut an.',
    },
    offline: {
      label,
      heading: 'Sie sind offline',
      text: 'Es geht weiter, sobald Sie wieder eine Verbindung haben.',
      announcement: 'Sie sind offline.',
    },
    unavailable: {
      label,
      heading: 'Das hat nicht geklappt',
      text: 'Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es gleich noch einmal.',
      announcement: 'Das hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.',
    },
  },
  sent: {
    heading: 'Gesendet',
    text: 'Wir haben eine neue Mitteilung gesendet. Öffnen Sie die App auf Ihrem Handy.',
    announcement: 'Gesendet. Öffnen Sie die App auf Ihrem Handy.',
  },
  codes: {
    'delivery-unknown': {
      heading: 'Schauen Sie auf Ihr Handy',
      text: 'Die Mitteilung wurde vielleicht gesendet. Öffnen Sie die App auf Ihrem Handy und sehen Sie nach.',
      announcement: 'Die Mitteilung wurde vielleicht gesendet. Öffnen Sie die App auf Ihrem Handy.',
    },
    'held-after-denial': {
      heading: 'Bitte warten Sie etwas',
      text: 'Auf Ihrem Handy wurde vor Kurzem eine Anmeldung abgelehnt. Zu Ihrem Schutz senden wir eine Weile keine Mitteilung.',
    },
    'challenge-not-push': {
      heading: 'Bitte nutzen Sie einen anderen Weg',
      text: 'Ihr Handy kann für diese Anmeldung keine Mitteilung empfangen.',
      announcement: 'Ihr Handy kann für diese Anmeldung keine Mitteilung empfangen.',
    },
    'too-many-requests': {
      heading: 'Bitte warten Sie etwas',
      text: 'Zu viele Versuche in kurzer Zeit. Bitte versuchen Sie es etwas später noch einmal.',
      announcement: 'Zu viele Versuche in kurzer Zeit. Bitte versuchen Sie es etwas später noch einmal.',
    },
    'resends-paused': {
      heading: 'Bitte nutzen Sie einen anderen Weg',
      text: 'Wir können im Moment keine Mitteilungen senden.',
    },
    'challenge-not-found': {
      heading: 'Diese Anmeldung ist beendet',
      text: 'Bitte beginnen Sie von vorn.',
      announcement: 'Diese Anmeldung ist beendet. Bitte beginnen Sie von vorn.',
    },
    'not-sent': {
      text: 'Die Mitteilung konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
      announcement: 'Die Mitteilung konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
    },
    'no-answer': {
      text: 'Wir erreichen unseren Dienst nicht. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
      announcement:
        'Wir erreichen unseren Dienst nicht. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
    },
  },
  actions: {
    'use-other-factor': 'Anderen Weg zur Anmeldung nutzen',
    'start-over': 'Neue Anmeldung beginnen',
    stop: 'Neue Anmeldung beginnen',
    proceed: 'Weiter',
  },
  countdown: 'Sie können in {time} erneut senden.',
  seconds: '{seconds} s',
  minutes: '{minutes} min',
};
