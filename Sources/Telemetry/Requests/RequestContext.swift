// A request as the log shows it, with or without a trace.

internal import Synchronization

/// A request and its buyer.
public final class RequestContext: Sendable {
    /// The request's id in logs and answers.
    public let requestID: String

    private let user = Mutex<String?>(nil)

    public init(requestID: String) {
        self.requestID = requestID
    }

    /// The buyer; nil until it is known. The log decides in which form it shows the id.
    public var userID: String? {
        get { user.withLock { $0 } }
        set { user.withLock { $0 = newValue } }
    }
}
