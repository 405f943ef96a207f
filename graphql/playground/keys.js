// Idempotency keys.

/** 128 random bits; where a page did not come over a secure connection, there is no crypto.randomUUID. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
