/** The names of all requests, apart from their schemas: the preload is one small file, and only compares names. */
export const requestNames = [
  'getSnapshot',
  'getLog',
  'findInLog',
  'startRun',
  'continueRun',
  'redoStep',
  'cancelRun',
  'prepareAgain',
  'answerLogin',
  'reset',
  'resumeRun',
  'cleanUp',
  'getRecording',
  'save',
] as const
export type RequestName = (typeof requestNames)[number]
