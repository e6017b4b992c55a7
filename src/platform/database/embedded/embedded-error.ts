/** A failure of the built-in PostgreSQL: one line that says what to do. */
export class EmbeddedError extends Error {
  override name = "EmbeddedError";
  constructor(message: string, options?: ErrorOptions) {
    super(message.replace(/\s+/g, " ").trim(), options);
  }
}
