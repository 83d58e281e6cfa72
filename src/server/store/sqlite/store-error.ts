/** Why a store cannot be opened, in words for the person who started the server: one line, what to do included. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
