/** A setting is wrong; the message names each and what it should be. Never carries a value: it may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
