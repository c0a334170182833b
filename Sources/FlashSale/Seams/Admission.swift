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
    case checkout(BuyerID)
    /// A buyer is nil if nobody was proven.
    case cancel(CheckoutCode, by: BuyerID? = nil)
    case purchase(CheckoutCode, by: BuyerID? = nil)
}
