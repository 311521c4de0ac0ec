export type FieldError = { readonly field: string; readonly message: string };

/** A request that is answered with a 4xx; the message is for who asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: { errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

/** A 400 that names what is wrong. Somebody may send thousands of wrong fields; the answer stays short. */
export const invalid = (errors: readonly FieldError[]): Refusal => {
  const named = errors.slice(0, 20).map(({ field, message }) => ({ field: field.slice(0, 64), message }));
  return new Refusal(400, named.map(({ field, message }) => `${field}: ${message}`).join('; '), { errors: named });
};
