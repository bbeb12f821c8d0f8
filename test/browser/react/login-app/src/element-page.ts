import '@push-resend/client/element';
import { complete, logIn, newToken, userOf } from './login.js';

const { challengeSid, pushUrl } = await logIn(userOf(location));
const [button, main] = [document.querySelector('push-resend-button'), document.querySelector('main')];
if (button === null || main === null) throw new Error('The page lacks something.');
main.addEventListener('push-resend-state', ({ detail }) => void (main.className = detail.name));
const finish = async () => void (document.title = `Welcome, ${await complete()}`);

button.token = newToken;
button.setAttribute('base-url', pushUrl);
button.setAttribute('challenge-sid', challengeSid);
button.addEventListener('push-resend-state', ({ detail }) => {
  if (detail.nextAction === 'proceed') void finish();
});
