export { getMarketplace, marketplaces } from './marketplaces.ts'
