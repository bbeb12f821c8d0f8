import '@push-resend/client/element';
import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { complete, logIn, newToken, userOf } from './login.js';

const main = document.querySelector('main');
if (main === null) throw new Error('The page has no main part.');
const { challengeSid, pushUrl } = await logIn(userOf(location));
const finish = async () => void (document.title = `Welcome, ${await complete()}`);

// React 19 sets properties where an element has them, and listens to events of any name.
const button = createElement('push-resend-button', {
  token: newToken,
  'base-url': pushUrl,
  'challenge-sid': challengeSid,
  'onpush-resend-state': ({ detail }: HTMLElementEventMap['push-resend-state']) => {
    if (detail.nextAction === 'proceed') void finish();
  },
});
createRoot(main).render(createElement(StrictMode, {}, button));
