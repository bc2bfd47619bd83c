import { describe, expect, it } from 'vitest'
import { planSchema as staffPlanSchema } from './back-office/plan.ts'
import { orderPlanSchema as kuperPlanSchema } from './kuper/order-plan.ts'
import { kuperScenarios } from './kuper-scenarios.ts'
import { playKuperScenario, playYandexMarketScenario } from './scenario.ts'
import { orderPlanSchema } from './yandex-market/order-plan.ts'
import { yandexMarketScenarios } from './yandex-market-scenarios.ts'

describe('every scenario', () => {
  it('has a name of its own', () => {
    const names = [...kuperScenarios, ...yandexMarketScenarios].map(({ name }) => name)
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
  })

  it.each(kuperScenarios.map((scenario) => [scenario.name, scenario] as const))(
    'of Kuper can be played: %s',
    (_, scenario) => {
      const { order, staff } = playKuperScenario(scenario, 'H1', 'KU-H1')
      kuperPlanSchema.parse(order)
      staffPlanSchema.parse(staff)
    },
  )

  it.each(yandexMarketScenarios.map((scenario) => [scenario.name, scenario] as const))(
    'of Yandex Market can be played: %s',
    (_, scenario) => {
      const { order, staff, lots } = playYandexMarketScenario(scenario, '50000000001', 'YM-50000000001')
      orderPlanSchema.parse(order)
      staffPlanSchema.parse(staff)
      expect(lots.every(({ storeId }) => storeId === String(order.campaignId))).toBe(true)
    },
  )
})
