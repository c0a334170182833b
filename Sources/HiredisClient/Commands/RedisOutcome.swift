// What became of a command, with the times that metrics and traces want.

/// The end of a command's way: its reply or error, and where its time went.
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

    /// From the call until its end, in nanoseconds, the waits of its caller's task aside.
    var duration: UInt64 { queueWait + (socketTime ?? 0) }
}
