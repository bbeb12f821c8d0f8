/** The page of the simulator: a login screen made with the client, the phone of its user, and the requests between. */
import { createResend } from '@push-resend/client';
import { announcements, messageOf } from '@push-resend/client/messages';
import { Connection } from './connection.js';
import { at, enable, onPress, setSwitch, write } from './dom.js';
import { watchedFetch } from './exchange.js';
import { PhonePane } from './phone-pane.js';
import { drawNoLogin, drawScreen, wireScreen } from './screen-pane.js';
import { type Login, simulator } from './simulator.js';
import { WirePane } from './wire-pane.js';

/** The simulator passes on what is below here. */
const RELAY = '/_sim/login-screen';
const SHORT_SECONDS = 20;
const HINT = 'Press twice, reload, open a second tab, cut the connection: one press stays one notification.';

const { serviceUrl, startsLogins } = await simulator.surroundings();
const connection = new Connection();
const phone = new PhonePane();
const wire = new WirePane(serviceUrl);
let leave = (): void => {};
let press = (): void => {};

wireScreen({ press: () => press(), startOver: () => void startLogin() });
onPress(at('new-login'), () => void startLogin());
onPress(at('screen-online'), () => {
  connection.set(!connection.isOn);
  setSwitch(at('screen-online'), connection.isOn);
});
enable(at('new-login'), startsLogins);
await begin();

/** Goes on with the login that the address names, which a reload keeps, or starts one. */
async function begin(): Promise<void> {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const [token, challengeSid] = [fragment.get('token'), fragment.get('challenge')];
  write(at('screen-foot'), HINT);
  if (token && challengeSid) open({ token, challengeSid });
  else if (startsLogins) await startLogin();
  else drawNoLogin();
  const wanted = fragment.get('service')?.replace(/\/$/, '');
  if (!wanted || wanted === serviceUrl) return;
  write(at('screen-foot'), `The link names ${wanted}: start the simulator with SIMULATOR_SERVICE_URL=${wanted}.`);
}

async function startLogin(): Promise<void> {
  const isShort = at('short').matches(':checked');
  try {
    const login = await simulator.startLogin(isShort ? { expiresInSeconds: SHORT_SECONDS } : {});
    const fragment = new URLSearchParams({ token: login.token, challenge: login.challengeSid });
    history.replaceState(null, '', `#${fragment.toString()}`);
    write(at('screen-foot'), HINT);
    open(login);
  } catch (error) {
    write(at('screen-foot'), error instanceof Error ? error.message : 'No login could be started.');
  }
}

function open({ challengeSid, token }: Login): void {
  leave();
  wire.show(challengeSid);
  phone.show(challengeSid);
  const resend = createResend({
    challengeSid,
    baseUrl: RELAY,
    token: () => token,
    fetch: watchedFetch(connection.fetch, RELAY, wire.see),
    page: connection,
  });
  press = () => resend.press();
  const read = announcements(resend);
  const draw = (): void => {
    const { state, announced } = read();
    drawScreen(state, startsLogins);
    write(at('announcement'), (announced && messageOf(announced).announcement) ?? '');
  };
  leave = resend.subscribe(draw);
  draw();
}
