/** A store cannot be opened. The message is one line for the user and says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
