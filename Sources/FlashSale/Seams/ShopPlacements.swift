// The seam to what a ledger knows of where shops are.
//
// Trust rule: a ledger creates a sale only of a shop that it has by its own word, and gives the shop away in the same
// order as sales are created. So whoever reads this and acts on it late is refused, and writes nothing.

/// Which pod has the sales of each shop, as one ledger knows it.
public protocol ShopPlacements: Sendable {
    /// Which pod the ledger is, and what it has heard.
    func known() async throws(LedgerFailure) -> KnownPlacements

    /// Gives a shop to another pod. The sales that it has here go on, and the next one begins after them.
    ///
    /// - Parameter version: of the word that the caller has seen.
    /// - Returns: the new word; nil if the shop is not here, or not by that word.
    func give(_ shop: ShopID, version: Int32, to pod: PodID) async throws(LedgerFailure) -> ShopPlacement?

    /// Hears a word of another ledger. One that is not later than what is known changes nothing.
    ///
    /// - Returns: the word that counts now.
    func learn(_ placement: ShopPlacement) async throws(LedgerFailure) -> ShopPlacement
}
