// The access log. Under load sampling drops nearly all of its lines, and those that stay are still more than all other
// lines. So a line is made only if it is kept, and written without a dictionary.

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
    /// The connection's remote address.
    public var client: String?
    /// The buyer; nil if the request names none. The log decides in which form it shows the id.
    public var userID: String?
    /// The request's span; nil if it is not traced.
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

    /// Visits the fields in order of their names, without the buyer and the trace.
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

    /// The fields as metadata, the form of all other log lines.
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
