// Who a task works for, as the log says it. It is there whether anybody traces or not.

public import Logging

/// The request that a task works for. It is found by one read of a task-local, and follows into the tasks that the
/// request starts.
public struct RequestContext: Sendable {
    /// The request of this task; nil where there is none.
    @TaskLocal public static var current: RequestContext?

    /// What logs and clients call the request.
    public let requestID: String
    /// The buyer, once he is known. How much of him the log shows is the log's to say.
    public let userID: String?

    public init(requestID: String, userID: String? = nil) {
        self.requestID = requestID
        self.userID = userID
    }

    /// Does something on behalf of the task's request and a buyer that has come to be known.
    public static func with<Result>(userID: String, _ body: () async -> Result) async -> Result {
        guard let current else { return await body() }
        return await $current.withValue(RequestContext(requestID: current.requestID, userID: userID)) { await body() }
    }

    /// The fields of the task's own request and trace; nothing where there is neither.
    public static let metadataProvider = Logger.MetadataProvider {
        var fields = Trace.current?.logMetadata ?? [:]
        guard let current else { return fields }
        fields["request_id"] = .string(current.requestID)
        if let userID = current.userID { fields["user_id"] = .string(userID) }
        return fields
    }
}
