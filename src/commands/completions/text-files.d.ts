/** The shells' functions are files of their own; scripts/text-files.mjs makes them modules that export their text. */

declare module '*.bash' {
  const text: string
  export default text
}

declare module '*.zsh' {
  const text: string
  export default text
}

declare module '*.fish' {
  const text: string
  export default text
}
