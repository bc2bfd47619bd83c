/**
 * How the goods reach the customer: said by the order itself, else computed from its shipment method and the store's kind.
 * `digital`: keys instead of goods. `by-marketplace`: out of the marketplace's own warehouse, nothing for the store to do.
 */
export type Fulfilment = 'marketplace-delivery' | 'pickup' | 'merchant-delivery' | 'digital' | 'by-marketplace'

/** A line as the customer ordered it. Money as decimal strings in roubles, weights in grams for the whole line. */
export interface OrderLine {
  sku: string
  name?: string
  quantity: number
  originalQuantity?: number
  /** Of one unit, before discount. */
  price?: string
  /** Of one unit. Whether after the discount or the discount itself, marketplaces do not agree: nothing is computed with it. */
  discountPrice?: string
  /** Of the whole line, before and after discount. */
  totalPrice?: string
  totalDiscountPrice?: string
  /** Several dishes sold as one. */
  isCombo?: boolean
  /** What is wanted in or on it, as the marketplace lists it. */
  modifiers?: unknown[]
  /** Present for weighed goods only; decimal string in grams. */
  weightGrams?: string
  /** The marketplace's own id of the line, where its calls want it. */
  lineId?: string
  /** The kind of mandatory-marking code that every unit needs, in the marketplace's word. */
  markingKind?: string
}

/** A line as it was really put together. A quantity of 0 says: not available. */
export interface ComposedLine {
  sku: string
  quantity: number
  /** Weighed goods: what the scale showed for the whole line, decimal string in grams. */
  weightGrams?: string
  /** One mandatory-marking code per unit; may contain U+001D and is never trimmed. */
  markingCodes?: string[]
  /** SKU that was handed over instead; `quantity` then counts the new item. */
  replacedBy?: string
  series?: string
  expiresOn?: string
}

export interface DeliveryWindow {
  /** RFC 3339 as the marketplace wrote it. */
  from?: string
  to?: string
}

export interface Customer {
  name?: string
  phone?: string
}

export interface Total {
  /** Before discount, decimal string. */
  price?: string
  /** After discount, decimal string. */
  discountedPrice?: string
}

/** One parcel of an order. A line may be spread over several; marking codes go with their units. */
export interface Box {
  lines: { sku: string; quantity: number; markingCodes?: string[] }[]
}

/** Keys for one line of digital goods. */
export interface DigitalLine {
  sku: string
  codes: string[]
  /** How to use them, for the customer. */
  slip?: string
  /** YYYY-MM-DD */
  activateUntil?: string
}
