// The requests of a buyer, in the classes of journals and reports.

/// The kind of a request.
package enum Endpoint: UInt8, CaseIterable, Codable, Sendable {
    case items, checkout, purchase, cancel, queue, line, events, raw

    /// Its name in journals.
    package var name: String {
        switch self {
        case .items: "items"
        case .checkout: "checkout"
        case .purchase: "purchase"
        case .cancel: "cancel"
        case .queue: "queue"
        case .line: "line"
        case .events: "events"
        case .raw: "raw"
        }
    }
}
