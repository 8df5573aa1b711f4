/** @file Sessions of device 'reference' under watch: what they are given, and whether they are disposed of. */
import { vi } from 'vitest'
import type { Session } from '../src/backends/backend.js'
import { reference } from '../src/backends/reference.js'

/** Hands over every session that is opened, until vi.restoreAllMocks; the list grows with them. */
export function watchSessions(watch?: (session: Session) => void): Session[] {
  const { open } = reference
  const sessions: Session[] = []
  vi.spyOn(reference, 'open').mockImplementation(async (points, plan) => {
    const session = await open(points, plan)
    vi.spyOn(session, 'dispose')
    watch?.(session)
    sessions.push(session)
    return session
  })
  return sessions
}
