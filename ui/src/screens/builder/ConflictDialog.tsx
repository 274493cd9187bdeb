import { Button } from '@mantine/core'
import type { JobDocument } from '../../../../src/client/index.ts'
import { Difference } from '../../definition/Difference.tsx'
import { type Definition, definitionOf } from '../../definition/definition.ts'
import { yamlOf } from '../../definition/yaml.ts'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'

/** Somebody else was faster: what they changed, and whose word counts where both changed the same. */
export function ConflictDialog({
  before,
  theirs,
  onMine,
  onTheirs,
  onClose,
}: {
  readonly before: Definition
  readonly theirs: JobDocument
  readonly onMine: () => void
  readonly onTheirs: () => void
  readonly onClose: () => void
}) {
  return (
    <Dialog title="Somebody else changed it meanwhile" size="xl" onClose={onClose}>
      <p>Nothing of yours is stored yet. This is what they changed:</p>
      <Difference title={`Version ${theirs.version}`} before={yamlOf(before)} after={yamlOf(definitionOf(theirs))} />
      <DialogButtons>
        <Button variant="default" onClick={onTheirs}>
          Drop mine, begin with theirs
        </Button>
        <Button onClick={onMine}>Put my changes on top of theirs</Button>
      </DialogButtons>
    </Dialog>
  )
}
