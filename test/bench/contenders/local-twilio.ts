import twilio from 'twilio';

/** Twilio's SDK as shipped, sent to somewhere else. */
export function localTwilio(url: string) {
  class LocalClient extends twilio.RequestClient {
    override request<Body>(options: Parameters<typeof twilio.RequestClient.prototype.request<Body>>[0]) {
      const uri = options.uri.replace('https://verify.twilio.com', url);
      return super.request<Body>(Object.assign({}, options, { uri }));
    }
  }
  const client = twilio(`AC${'0'.repeat(32)}`, 'secret', { httpClient: new LocalClient() });
  return client.verify.v2.services(`VA${'0'.repeat(32)}`);
}
