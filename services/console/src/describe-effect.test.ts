import { expect, test } from 'vitest'
import { describeEffect } from './describe-effect.ts'

test.each([
  ['notify-marketplace', 'notify-marketplace/ready', 'Report “ready” to the marketplace'],
  ['reserve-stock', 'reserve-stock#2', 'Reserve stock at the back office (2nd time)'],
  ['fetch-return', 'fetch-return/1795341230766#12', 'Read return “1795341230766” at the marketplace (12th time)'],
  ['tell-back-office', 'tell-back-office/return.changed/77#16', 'Tell the back office “return.changed/77” (16th time)'],
  ['notify-marketplace', 'notify-marketplace/courier_code/2', 'Report “courier_code/2” to the marketplace'],
  ['notify-marketplace', 'notify-marketplace/ready#21', 'Report “ready” to the marketplace (21st time)'],
  ['notify-marketplace', 'notify-marketplace/ready#3', 'Report “ready” to the marketplace (3rd time)'],
] as const)('how often it is done is no part of what it is about: %s %s', (kind, key, expected) => {
  expect(describeEffect(kind, key)).toBe(expected)
})
