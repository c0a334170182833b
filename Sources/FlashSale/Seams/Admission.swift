// The seam between a route and its flow: who may go on to the flow, and why not.
//
// A route reads its request, asks the admission, and only then calls its flow. Flows know nothing of it: another rule
// for who may come in is another conformer.

/// Decides whether a buyer's request goes on to its flow.
public protocol Admission: Sendable {
    /// - Returns: why the request must not go on; nil if it may.
    func refusal(of request: AdmissionRequest) async -> Refusal?
}

/// A buyer's request, well-formed and not yet looked at by a flow.
public enum AdmissionRequest: Hashable, Sendable {
    /// The place in line is nil if the sale has no waiting room, as far as this instance knows.
    case checkout(BuyerID, at: QueuePlace? = nil)
    /// To join a line, or to ask how it stands.
    case queue(BuyerID)
    /// A buyer is nil if nobody was proven.
    case cancel(CheckoutCode, by: BuyerID? = nil)
    case purchase(CheckoutCode, by: BuyerID? = nil)
}

/// Several rules: a request must pass all of them, in their order.
public struct Admissions: Admission {
    private let rules: [any Admission]

    public init(_ rules: [any Admission]) {
        self.rules = rules
    }

    public func refusal(of request: AdmissionRequest) async -> Refusal? {
        for rule in rules {
            if let refusal = await rule.refusal(of: request) { return refusal }
        }
        return nil
    }
}
