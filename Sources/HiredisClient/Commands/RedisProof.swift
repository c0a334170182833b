// The question whether a server lets its client do all that the client needs.

/// A script that tries what the client will need, so that a server that is not fit is noticed before a caller is.
public struct RedisProof: Sendable {
    let script: RedisScript
    let key: String

    /// - Parameters:
    ///   - script: leaves nothing behind. It returns 1, or a command's name and the error with which it was refused.
    ///   - key: the one key that it writes.
    public init(_ script: RedisScript, key: String) {
        self.script = script
        self.key = key
    }
}
