// How a call to the ledger fails.

public import Telemetry

/// The ledger did not return: the reason for the client, and the error behind it.
public struct LedgerFailure: Error, CustomStringConvertible {
    /// `database`, `timeout` or `overloaded`; `clientClosed` if the caller's task was cancelled.
    public let reason: Reason
    /// Whether a constraint refused the write. It is the last wall: the checks before it should have refused first.
    public let isByConstraint: Bool
    public let underlying: any Error

    public init(_ reason: Reason, isByConstraint: Bool = false, underlying: any Error) {
        self.reason = reason
        self.isByConstraint = isByConstraint
        self.underlying = underlying
    }

    public var description: String { "\(reason.rawValue): \(underlying)" }
}
