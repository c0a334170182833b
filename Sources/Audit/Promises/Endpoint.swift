// The requests of a buyer, in the classes that journals and reports tell apart.

/// What was asked for.
package enum Endpoint: UInt8, CaseIterable, Codable, Sendable {
    case items, checkout, purchase, cancel, raw

    /// As journals write it.
    package var name: String {
        switch self {
        case .items: "items"
        case .checkout: "checkout"
        case .purchase: "purchase"
        case .cancel: "cancel"
        case .raw: "raw"
        }
    }
}
