// A Lua script: its text and its name in metrics. Connections learn its hash.

internal import Synchronization
public import Telemetry

/// A script that is called by its hash.
///
/// Each connection loads a script before its first call, and again if the server has lost it (`SCRIPT FLUSH`, a
/// restart), so that a missing script alone never fails a call.
public struct RedisScript: Sendable {
    /// The name of the script in metrics, traces and logs.
    public let label: ScriptLabel
    public let source: String

    /// The place of the script's hash in each connection's table.
    let index: Int

    public init(_ label: ScriptLabel, source: String) {
        self.label = label
        self.source = source
        index = scriptCount.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    public init(_ label: ScriptLabel, source: [UInt8]) {
        self.init(label, source: String(decoding: source, as: UTF8.self))
    }
}

/// Scripts are made once each, as constants; their number is that of the `.lua` files.
private let scriptCount = Atomic<Int>(0)
