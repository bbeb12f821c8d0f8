import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { App } from './app.js';
import { readLogin } from './login.js';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');
const app = (
  <StrictMode>
    <App rendered={readLogin(document)} />
  </StrictMode>
);
// A page that was rendered on the server is taken over as it is.
if (root.hasChildNodes()) hydrateRoot(root, app);
else createRoot(root).render(app);
