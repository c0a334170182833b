// A no, with everything that helps the buyer to act on it.

public import Telemetry

/// Why a flow did not do what it was asked, and what the client may want to know besides.
public struct Refusal: Hashable, Sendable {
    public let reason: Reason
    /// The code of the buyer's open cart, if that cart is in the way.
    public var code: CheckoutCode?
    /// When another try may help: the end of the hold in the way, or the start of the sale.
    public var retryAt: Timestamp?
    /// The order that the code has already.
    public var order: Order?
    /// Where the buyer stands in the line that it has to wait in.
    public var queue: QueueNotice?
    /// Whether a well-formed request has a value that the ledger cannot take.
    public var isUnfit: Bool

    public init(
        _ reason: Reason, code: CheckoutCode? = nil, retryAt: Timestamp? = nil, order: Order? = nil,
        queue: QueueNotice? = nil, isUnfit: Bool = false
    ) {
        self.reason = reason
        self.code = code
        self.retryAt = retryAt
        self.order = order
        self.queue = queue
        self.isUnfit = isUnfit
    }
}
