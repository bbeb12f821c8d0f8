/** The control surface of the simulator that served this page, as far as the page uses it. */

/** A Challenge and a session of its user, for one login screen. */
export interface Login {
  readonly challengeSid: string;
  readonly token: string;
}

export interface Surroundings {
  /** The resend service that the login screen calls. */
  readonly serviceUrl: string;
  /** Whether the simulator can make logins. */
  readonly startsLogins: boolean;
}

export interface Challenge {
  readonly identity: string;
  readonly status: 'pending' | 'approved' | 'denied' | 'expired';
  readonly message: string;
}

export interface Push {
  readonly challengeSid: string;
  readonly notificationSid: string | null;
  readonly deliveredAt: string | null;
  readonly state: 'travelling' | 'waiting' | 'delivered' | 'dropped';
}

export interface Device {
  readonly online: boolean;
  readonly pushes: readonly Push[];
}

/** @throws Error with the simulator's sentence when it refuses, or when it is gone */
async function call<Answer>(path: string, body?: object): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`/_sim${path}`, init);
  const answer = (await response.json()) as Answer & { error?: string };
  if (!response.ok) throw new Error(answer.error ?? `The simulator answered ${response.status}.`);
  return answer;
}

export const simulator = {
  surroundings: () => call<Surroundings>('/login-screen'),
  startLogin: (wanted: { expiresInSeconds?: number }) => call<Login>('/logins', wanted),
  challenge: (sid: string) => call<Challenge>(`/challenges/${sid}`),
  answer: (sid: string, status: 'approved' | 'denied') => call<Challenge>(`/challenges/${sid}/respond`, { status }),
  device: (identity: string) => call<Device>(`/devices/${identity}`),
  setOnline: (identity: string, online: boolean) => call<Device>(`/devices/${identity}`, { online }),
  /** How many resends of a Challenge Twilio has sent. */
  resends: async (sid: string) => {
    const requests = await call<{ effect: string }[]>(`/journal?challengeSid=${sid}`);
    return requests.filter(({ effect }) => effect === 'notification-created').length;
  },
};
