// The question whether a server lets its client do all that the client needs.

/// A script that tries what the client will need, so that a server that is not fit is noticed before a caller is.
public struct RedisProof: Sendable {
    /// The most keys that are tried for one in a slot of the server.
    private static let keysMax = 1_000_000

    let script: RedisScript
    private let key: @Sendable (Int) -> String

    /// - Parameters:
    ///   - script: leaves nothing behind. It returns 1, or a command's name and the error with which it was refused.
    ///   - key: the one key that it writes, by a number from 0: a node of a cluster is tried with a key of its own.
    public init(_ script: RedisScript, key: @escaping @Sendable (Int) -> String) {
        self.script = script
        self.key = key
    }

    /// The first key in a slot that the server serves.
    func key(where serves: (RedisSlot) -> Bool) -> String {
        (0..<Self.keysMax).lazy.map(key).first { serves(RedisSlot(of: $0)) } ?? key(0)
    }
}
