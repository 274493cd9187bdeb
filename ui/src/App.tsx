import { createTheme, MantineProvider } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'
import { useCallback, useEffect, useState } from 'react'
import { HydraProvider } from './api/hydra.tsx'
import { nonce } from './nonce.ts'
import { SignedIn } from './SignedIn.tsx'
import { hasCode } from './session/code.ts'
import { SignIn } from './session/SignIn.tsx'
import { useSessionState } from './session/session.ts'
import { useSettings } from './settings/settings.ts'

const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'hydra',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  autoContrast: true,
  colors: {
    danger: [
      '#fbe7e5',
      '#f8d3d0',
      '#f0aba6',
      '#e8827a',
      '#dd5a50',
      '#cf4036',
      '#c1322a',
      '#b3261e',
      '#941d16',
      '#74140f',
    ],
    // As the page's own surfaces, not the library's browner ones.
    dark: [
      '#e4e9f0',
      '#c3ccd8',
      '#9aa6b5',
      '#6b7787',
      '#3a4553',
      '#2c3542',
      '#1f2630',
      '#171c24',
      '#10141a',
      '#0b0e13',
    ],
    hydra: [
      '#e6f7f9',
      '#d0eef2',
      '#a0dde5',
      '#6dcad7',
      '#47bac9',
      '#2fa5b6',
      '#178497',
      '#0b6b7a',
      '#085563',
      '#04414d',
    ],
  },
  components: {
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    Modal: { defaultProps: { centered: true, radius: 'md' } },
    // Inside the landmark where it is opened, and with items alone in it: so screen readers find it where it is.
    Menu: { defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false, shadow: 'md' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  },
})

/** Dark or light, then who is signed in; a link's code comes before whoever was. */
export function App() {
  const { theme: chosen } = useSettings()
  const isSystemDark = useMediaQuery('(prefers-color-scheme: dark)', matchMedia('(prefers-color-scheme: dark)').matches)
  const scheme = chosen === 'system' ? (isSystemDark ? 'dark' : 'light') : chosen
  const state = useSessionState()
  const { byCode, visit, codeIsDone } = useCodeInAddress()
  const { session } = state
  const isIn = session !== null && !byCode
  return (
    <MantineProvider theme={theme} forceColorScheme={scheme} getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" containerWidth={380} />
      {isIn ? (
        // Anew with another domain: what is mounted would go on showing what it had fetched of the one before.
        <HydraProvider key={JSON.stringify([session.token, session.domain])} session={session}>
          <SignedIn session={session} />
        </HydraProvider>
      ) : (
        <SignIn key={visit} why={session === null ? state.why : null} onDone={codeIsDone} />
      )}
    </MantineProvider>
  )
}

/** A link that signs in may be opened in a tab that has the page already: then only the address changes. */
function useCodeInAddress() {
  const [state, setState] = useState(() => ({ byCode: hasCode(), visit: 0 }))
  useEffect(() => {
    const look = (): void => {
      if (hasCode()) setState(({ visit }) => ({ byCode: true, visit: visit + 1 }))
    }
    window.addEventListener('hashchange', look)
    return () => window.removeEventListener('hashchange', look)
  }, [])
  const codeIsDone = useCallback(() => setState((before) => ({ ...before, byCode: false })), [])
  return { ...state, codeIsDone }
}
