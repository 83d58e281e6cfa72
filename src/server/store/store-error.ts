/** A store cannot be opened. The message is one line for the user and says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** Nothing can be written at present. The message is the reason, such as `the disk is full`. */
export class NotWritableError extends Error {
  override readonly name = 'NotWritableError'
}
