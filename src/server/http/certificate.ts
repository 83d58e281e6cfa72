/** What the server shows of itself over TLS, by HTTP and by SMTP. */

/** PEM. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}
