/** The one account of the simulator and what opens it. */
export interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKeySid: string;
  readonly apiKeySecret: string;
  /** The Verify service that exists from the start. */
  readonly serviceSid: string;
}

/** Well-formed and worthless. Composed here so that no secret scanner takes them for real ones. */
export const demoCredentials: Credentials = {
  accountSid: demoSid('AC', 1),
  authToken: 'simulator-auth-token'.padEnd(32, '0'),
  apiKeySid: demoSid('SK', 2),
  apiKeySecret: 'simulator-api-key-secret'.padEnd(32, '0'),
  serviceSid: demoSid('VA', 3),
};

function demoSid(prefix: string, number: number): string {
  return prefix + String(number).padStart(32, '0');
}
