/** How the goods reach the customer. Computed from the order's shipment method and the store's kind. */
export type Fulfilment = 'marketplace-delivery' | 'pickup' | 'merchant-delivery'

/** A line as the customer ordered it. Money as decimal strings in roubles, weights in grams for the whole line. */
export interface OrderLine {
  sku: string
  name?: string
  quantity: number
  originalQuantity?: number
  price?: string
  /** Present for weighed goods only; decimal string in grams. */
  weightGrams?: string
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
