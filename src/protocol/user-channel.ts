/**
 * The channel on which a user's deferred replies arrive. User-limited in Centrifugo: only the
 * connection whose token names this user can subscribe.
 */
export function userChannel(userId: string): string {
  return `user#${userId}`;
}

/**
 * Whether a user's channel belongs to this user alone. Centrifugo reads `#` and `,` in a channel's
 * name as "these users" and `:` as a namespace, so a user ID with one of them would open the
 * channel to others or to nobody. Channels are ASCII and at most 255 characters long.
 *
 * See https://centrifugal.dev/docs/server/channels#user-channel-boundary
 */
export function isUserId(value: string): boolean {
  return /^[!-~]{1,200}$/.test(value) && !/[#,:]/.test(value);
}
