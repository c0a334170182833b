// What became of a command, with the times that metrics and traces want.

/// The end of a command's way: its reply or error, and where its time went.
public struct RedisOutcome: Sendable {
    public var result: Result<RedisReply, RedisError>
    /// From the call until the bytes were handed to the socket.
    public var queueWait: Duration
    /// From there until the last reply; nil if nothing was written.
    public var socketTime: Duration?

    public init(result: Result<RedisReply, RedisError>, queueWait: Duration = .zero, socketTime: Duration? = nil) {
        self.result = result
        self.queueWait = queueWait
        self.socketTime = socketTime
    }
}
