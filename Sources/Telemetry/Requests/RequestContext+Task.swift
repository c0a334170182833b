// The request that a task works for, with or without a trace.

public import Logging

extension RequestContext {
    @TaskLocal private static var untraced: RequestContext?

    /// The request that this task works for; nil where there is none. One read of a task-local finds it, also in tasks
    /// that the request starts. A traced request is found through its trace.
    public static var current: RequestContext? { Trace.current?.requestContext ?? untraced }

    /// Does something on behalf of the request.
    ///
    /// - Parameter trace: the request's trace, begun with this context; nil if it is not traced.
    public func run<Result>(tracedBy trace: Trace?, _ body: () async -> Result) async -> Result {
        guard let trace else { return await Self.$untraced.withValue(self) { await body() } }
        return await Trace.$current.withValue(trace) { await body() }
    }

    /// Does something for no single request, such as a batch of many.
    ///
    /// - Parameter trace: its own trace; nil if it is not traced.
    public static func runOutside<Result>(tracedBy trace: Trace?, _ body: () async -> Result) async -> Result {
        await $untraced.withValue(nil) { await Trace.$current.withValue(trace) { await body() } }
    }

    /// The fields of the task's own request and trace; empty if it has neither.
    public static let metadataProvider = Logger.MetadataProvider {
        var fields = Trace.current?.context.logMetadata ?? [:]
        guard let current else { return fields }
        fields["request_id"] = .string(current.requestID)
        if let userID = current.userID { fields["user_id"] = .string(userID) }
        return fields
    }
}
