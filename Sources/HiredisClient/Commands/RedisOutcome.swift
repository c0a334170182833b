// The outcome of a command, with its times for metrics and traces.

/// A command's reply or error, and where its time went.
public struct RedisOutcome: Sendable {
    public var result: Result<RedisReply, RedisError>
    /// From the call until the bytes were handed to the socket, in nanoseconds.
    public var queueWait: UInt64
    /// From there until the last reply, in nanoseconds; nil if nothing was written.
    public var socketTime: UInt64?

    public init(result: Result<RedisReply, RedisError>, queueWait: UInt64 = 0, socketTime: UInt64? = nil) {
        self.result = result
        self.queueWait = queueWait
        self.socketTime = socketTime
    }

    /// From the call until its end, in nanoseconds, without the waits of its caller's task.
    var duration: UInt64 { queueWait + (socketTime ?? 0) }
}
