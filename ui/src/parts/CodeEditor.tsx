import { json } from '@codemirror/lang-json'
import { python } from '@codemirror/lang-python'
import { yaml } from '@codemirror/lang-yaml'
import { StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { powerShell } from '@codemirror/legacy-modes/mode/powershell'
import { shell } from '@codemirror/legacy-modes/mode/shell'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { basicSetup } from 'codemirror'
import { useEffect, useRef } from 'react'
import { nonce } from '../nonce.ts'
import classes from './CodeEditor.module.css'
import { colours, looks } from './code-looks.ts'

export type Language = 'shell' | 'python' | 'powershell' | 'yaml' | 'json' | 'text'

const languages: Readonly<Record<Language, () => Extension>> = {
  shell: () => StreamLanguage.define(shell),
  python,
  powershell: () => StreamLanguage.define(powerShell),
  yaml,
  json,
  text: () => [],
}

/** A text of code, highlighted. Loaded when it is wanted: it is large. */
export function CodeEditor({
  label,
  language,
  value,
  onChange,
}: {
  readonly label: string
  readonly language: Language
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const speaks = useRef(new Compartment())
  const latest = useRef(onChange)
  const first = useRef(value)
  useEffect(() => {
    latest.current = onChange
  }, [onChange])
  useEffect(() => {
    if (place.current === null) return
    const state = EditorState.create({
      doc: first.current,
      extensions: [
        basicSetup,
        speaks.current.of([]),
        looks,
        syntaxHighlighting(colours),
        EditorView.cspNonce.of(nonce),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of(({ docChanged, state: { doc } }) => {
          if (docChanged) latest.current(doc.toString())
        }),
      ],
    })
    const made = new EditorView({ state, parent: place.current })
    view.current = made
    return () => made.destroy()
  }, [label])
  useEffect(() => {
    view.current?.dispatch({ effects: speaks.current.reconfigure(languages[language]()) })
  }, [language])
  useEffect(() => {
    // Changed from elsewhere; what is typed here is there already.
    const { current } = view
    if (current === null || current.state.doc.toString() === value) return
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } })
  }, [value])
  return <div ref={place} className={classes.editor} />
}
