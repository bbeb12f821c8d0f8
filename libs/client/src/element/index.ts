/** `<push-resend-button>`: the button of a login screen, for pages of any kind. Importing this defines it, where there is a browser. */
import { PushResendButton } from './push-resend-button.js';

export { PushResendButton, type PushResendStateEvent } from './push-resend-button.js';

const NAME = 'push-resend-button';

if (globalThis.customElements !== undefined && customElements.get(NAME) === undefined) {
  customElements.define(NAME, PushResendButton);
}
