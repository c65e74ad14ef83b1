import { test } from 'playwright/test'
import { buildGallery } from './serve.ts'

test('the gallery of recorded runs, built as the window is', () => buildGallery())
