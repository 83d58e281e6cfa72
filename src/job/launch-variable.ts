/** The variable that holds the notes of the launcher. */
export const LAUNCH_VARIABLE = '_CRONITOR_LAUNCH'
