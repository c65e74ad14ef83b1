import { Fact, Facts } from '../ui/facts.tsx'
import { Value } from '../ui/value.tsx'

/** That somebody agreed to what became public, and when. */
export function AgreedView({ at }: { readonly at: string }) {
  return (
    <Facts>
      <Fact name="Agreed" note="before anything left this machine">
        <Value value={at} label="time" />
      </Fact>
    </Facts>
  )
}
