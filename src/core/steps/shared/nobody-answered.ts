import { appError } from '../../domain/app-error.ts'

/** A person was asked, and the wait ended before there was an answer. */
export const nobodyAnswered = appError('run.nobody-answered', 'No answer in time.', 'Do the step again, and answer it.')
