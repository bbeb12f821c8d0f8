import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { logIn, newToken, userOf } from './login.js';
import { ResendButton } from './resend-button.js';

const main = document.querySelector('main');
if (main === null) throw new Error('The page has no main part.');
const { challengeSid, pushUrl } = await logIn(userOf(location));
createRoot(main).render(
  <StrictMode>
    <ResendButton challengeSid={challengeSid} baseUrl={pushUrl} token={newToken} />
  </StrictMode>,
);
