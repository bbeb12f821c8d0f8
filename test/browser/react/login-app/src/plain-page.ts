import { createResend } from '@push-resend/client';
import { announcements, messageOf } from '@push-resend/client/messages';
import { logIn, newToken, userOf } from './login.js';

const { challengeSid, pushUrl } = await logIn(userOf(location));
const [button, timer, hint, live] = [...document.querySelectorAll('#button, #timer, #hint, #live')];
if (!button || !timer || !hint || !live) throw new Error('The page lacks something.');

const resend = createResend({ challengeSid, baseUrl: pushUrl, token: newToken });
const read = announcements(resend);
const draw = () => {
  const { state, announced } = read();
  const { label, text, countdown } = messageOf(state);
  button.textContent = label;
  button.setAttribute('aria-disabled', String(!state.canPress));
  timer.textContent = countdown;
  hint.textContent = text;
  const said = (announced && messageOf(announced).announcement) ?? '';
  if (live.textContent !== said) live.textContent = said; // the same text again would be read out again
};
resend.subscribe(draw);
button.addEventListener('click', resend.press);
draw();
