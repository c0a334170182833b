// What the log says of each request. Under load nearly all of these lines are sampled away, and those that stay are
// still more than all others: they are made only if they are kept, and written without a dictionary in between.

public import Logging

/// A line of the access log before it is text.
public struct RequestLine: Sendable {
    /// The message of every such line; their level is info.
    public static let message = "request"

    /// The name of the logger that the line is from.
    public var logger: String
    public var requestID: String
    public var handler: Handler
    public var method: Method
    /// The route's template.
    public var path: String
    public var status: Int
    /// In nanoseconds.
    public var duration: UInt64
    public var isSlow: Bool
    /// The address that the connection comes from.
    public var client: String?
    /// The buyer; nil where the request does not say. How much of him the log shows is the log's to say.
    public var userID: String?
    /// The request's span; nil if nobody traces it.
    public var trace: TraceParent?

    public init(
        logger: String, requestID: String, handler: Handler, method: Method, path: String, status: Int,
        duration: UInt64, isSlow: Bool, client: String?, userID: String?, trace: TraceParent?
    ) {
        self.logger = logger
        self.requestID = requestID
        self.handler = handler
        self.method = method
        self.path = path
        self.status = status
        self.duration = duration
        self.isSlow = isSlow
        self.client = client
        self.userID = userID
        self.trace = trace
    }

    /// Tells the fields in order of their names, the buyer and the trace aside.
    public func forEachField(_ tell: (_ name: String, AttributeValue) -> Void) {
        if let client { tell("client_ip", .text(client)) }
        tell("component", .text("http"))
        tell("duration_ms", .number(Double(duration) / 1_000_000))
        tell("method", .text(method.rawValue))
        tell("operation", .text(handler.rawValue))
        tell("path", .text(path))
        tell("request_id", .text(requestID))
        if isSlow { tell("slow", .text("true")) }
        tell("status_code", .integer(Int64(status)))
    }

    /// The line as other lines of the log are.
    public var metadata: Logger.Metadata {
        var metadata = trace?.logMetadata ?? [:]
        if let userID { metadata["user_id"] = .string(userID) }
        forEachField { name, value in
            metadata[name] =
                switch value {
                case .text(let text): .string(text)
                case .integer(let integer): .stringConvertible(integer)
                case .number(let number): .stringConvertible(number)
                case .flag(let flag): .stringConvertible(flag)
                }
        }
        return metadata
    }
}
