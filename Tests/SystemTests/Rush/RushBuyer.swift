// The plan of one buyer of a rush, drawn only from the rush's seed.

import Textbook

struct RushBuyer: Sendable {
    enum Kind: Sendable {
        /// At once.
        case pays
        /// Asks once and without a key, and lets its hold expire.
        case leaves
        /// About when its hold ends: a little before, or up to a second after.
        case paysLate
        case cancels
        /// Cancels, and then wants the item after all.
        case cancelsAndPays
    }

    let number: Int
    let item: Int
    let kind: Kind
    /// The time of a late payment from the end of the hold, in milliseconds.
    let lateness: Int

    /// The number of scarce items. Each is wanted by one group of buyers and sometimes by a later one, also after the
    /// first group's holds have ended.
    private static let scarceItems = 1_000
    private static let stretch = 40

    init(_ number: Int, of items: Int, seed: UInt64) {
        var generator = SplitMix64(seed: seed &+ UInt64(number) &* 7_919)
        let stretches = number / Self.stretch
        let ago = Self.stretchesAgo.randomElement(using: &generator)!
        let wanted = max(0, stretches - ago)
        let isScarce = Int.random(in: 0..<5, using: &generator) < 2
        // A scarce item is sold out in one group, and held until its holds end in the next.
        let ofScarce = wanted % 2 == 1 ? Self.ofHeld : ago == 0 ? [.pays] : Self.ofSoldOut
        let kinds = isScarce ? ofScarce : Self.ofPlenty
        self.number = number
        item =
            isScarce
            ? 1 + wanted % Self.scarceItems : Int.random(in: (Self.scarceItems + 1)...items, using: &generator)
        kind = kinds.randomElement(using: &generator)!
        lateness = Int.random(in: -300...900, using: &generator)
    }

    private static let stretchesAgo = [0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16]
    private static let ofPlenty: [Kind] = [
        .pays, .pays, .pays, .pays, .pays, .pays, .pays, .pays, .pays, .leaves, .paysLate, .cancels, .cancelsAndPays,
    ]
    private static let ofSoldOut: [Kind] = [.pays, .leaves]
    private static let ofHeld: [Kind] = [.leaves, .paysLate, .cancels, .cancelsAndPays]
}
