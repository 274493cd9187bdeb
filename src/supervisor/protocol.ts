/** The version of what agent and supervisor say to each other. Apart from `messages.ts`, so that the supervisor loads no schema library. */
export const protocolVersion = 2
