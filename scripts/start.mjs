// `npm start [-- options]`: builds where that is needed, then is `hydra up`, in this very process: it gets the signals.
import { nodeIsNewEnough } from './node-version.mjs'

if (nodeIsNewEnough()) import('./up.mjs')
