/** The certificate of the server, for HTTPS and for SMTP. */

/** In PEM. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}
