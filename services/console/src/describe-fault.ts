import type { Fault, Lane } from '@sluice/orders'

/** Who has to act before a retry can help, and what to do. `lane` of the dead effect; undefined for an event. */
export function describeFault(fault: Fault, lane: Lane | undefined): { who: string; advice: string } {
  switch (fault) {
    case 'ours':
      return { who: 'Us', advice: 'A bug, our configuration or our servers. Mend it, then retry.' }
    case 'theirs':
      return {
        who: `Them: ${otherSide(lane)}`,
        advice: 'They refused it, or did not answer for too long. Ask them, then retry.',
      }
    case 'data':
      return {
        who: 'Whoever made the data',
        advice: 'It can never succeed as it is. Correct it where it comes from; a retry alone will not help.',
      }
  }
}

function otherSide(lane: Lane | undefined): string {
  switch (lane) {
    case 'stock':
    case 'news':
      return 'the back office'
    case 'marketplace':
    case 'reading':
    case 'answers':
      return 'the marketplace'
    case 'deadline':
    case undefined:
      return 'the sender'
  }
}
