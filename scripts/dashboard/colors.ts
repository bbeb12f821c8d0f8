/** Series name → Grafana's name of a colour. */
export type Colors = Readonly<Record<string, string>>;

export const ENDS: Colors = {
  served: 'green',
  refused: 'yellow',
  paused: 'gray',
  'own-fault': 'red',
  'provider-fault': 'orange',
};
export const OUTCOMES: Colors = { approved: 'green', denied: 'red', expired: 'gray' };
export const SETTLEMENTS: Colors = { sent: 'green', notSent: 'blue', unknown: 'orange' };
export const RESULTS: Colors = {
  learnt: 'green',
  known: 'blue',
  ignored: 'gray',
  'bad-signature': 'red',
  invalid: 'orange',
  failed: 'purple',
};
