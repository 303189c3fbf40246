/** Signed tokens: JWT with HS256, as InfluxDB 1.x takes them. Pure. */
import { createHmac } from 'node:crypto';

const lifeSeconds = 120;

/** @param now  epoch milliseconds. */
export function signedToken(username: string, secret: string, now: number): string {
  const claims = { exp: Math.floor(now / 1000) + lifeSeconds, username };
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
