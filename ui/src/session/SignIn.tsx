import { Button, Checkbox, PasswordInput } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { ApiError, HydraClient } from '../../../src/client/index.ts'
import { server } from '../api/server.ts'
import { sentenceOf } from '../parts/sentence.ts'
import { takeCode } from './code.ts'
import classes from './SignIn.module.css'
import { signIn } from './session.ts'

/** The first screen of who has no token here: a link's code is exchanged at once, else a token is asked for. */
export function SignIn({ why, onDone }: { readonly why: string | null; readonly onDone: () => void }) {
  const [token, setToken] = useState('')
  const [remembered, setRemembered] = useState(false)
  const [fault, setFault] = useState(why)
  const [isBusy, setBusy] = useState(false)

  useEffect(() => {
    const code = takeCode()
    if (code === null) return
    setBusy(true)
    new HydraClient({ server }).signIn(code).then(
      (answer) => {
        signIn(answer.token, false)
        onDone()
      },
      (error: unknown) => {
        setFault(sentenceOf(error))
        setBusy(false)
        // Who was signed in before still is.
        onDone()
      },
    )
  }, [onDone])

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    const given = token.trim()
    if (given === '') return setFault('Enter a token.')
    setBusy(true)
    try {
      await new HydraClient({ server, token: given, retries: 0 }).whoami()
      signIn(given, remembered)
    } catch (error) {
      const isWrong = error instanceof ApiError && error.status === 401
      setFault(isWrong ? 'This token is not known here, or it has ended.' : sentenceOf(error))
      setBusy(false)
    }
  }

  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={submit} aria-labelledby="sign-in">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={40} height={40} />
        <h1 id="sign-in">hydra-jobs</h1>
        <p className="dim">Sign in with the admin token, or with a token of your domain.</p>
        <PasswordInput
          label="Token"
          value={token}
          onChange={({ currentTarget }) => setToken(currentTarget.value)}
          error={fault}
          autoComplete="current-password"
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
        />
        <Checkbox
          label="Remember it in this browser"
          description="Otherwise it is forgotten when this tab is closed."
          checked={remembered}
          onChange={({ currentTarget }) => setRemembered(currentTarget.checked)}
        />
        <Button type="submit" loading={isBusy} fullWidth>
          Sign in
        </Button>
        <p className={classes.hint}>
          Where is it? <code>npm start</code> and <code>hydra up</code> print a link that signs you in once, and the
          file that holds the admin token. An admin makes tokens for domains under Admin.
        </p>
      </form>
    </main>
  )
}
