import { createResend } from '@push-resend/client';
import { messageOf } from '@push-resend/client/messages';
import { logIn, newToken, userOf } from './login.js';

const { challengeSid, pushUrl } = await logIn(userOf(location));
const [button, timer, hint] = [...document.querySelectorAll('#button, #timer, #hint')];
if (!button || !timer || !hint) throw new Error('The page lacks something.');

const resend = createResend({ challengeSid, baseUrl: pushUrl, token: newToken });
const draw = () => {
  const { label, text, countdown } = messageOf(resend.state);
  button.textContent = label;
  button.setAttribute('aria-disabled', String(!resend.state.canPress));
  timer.textContent = countdown;
  hint.textContent = text;
};
resend.subscribe(draw);
button.addEventListener('click', resend.press);
draw();
