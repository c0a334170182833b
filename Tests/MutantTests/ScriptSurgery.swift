// Changes the Lua scripts on their way to Redis.

import NIOCore
import Synchronization
import Telemetry

@testable import HiredisClient

/// Applies cuts to the scripts that pass. The connection learns the hash of the changed script, so calls find it.
final class ScriptSurgery: RedisMiddleware {
    private let cuts: [Cut]
    private let fitted: Mutex<Set<Int>> = Mutex([])

    init(_ cuts: [Cut]) {
        self.cuts = cuts
    }

    /// The cuts that have fitted no script so far.
    var unfitted: [Cut] {
        fitted.withLock { fitted in cuts.indices.filter { !fitted.contains($0) }.map { cuts[$0] } }
    }

    func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome {
        guard command.label == .script, !cuts.isEmpty else { return await next(command) }
        // *3 $6 SCRIPT $4 LOAD $<length> <source>, each line and the source ended by CR LF, which is one character.
        let lines = String(buffer: command.payload).split(separator: "\r\n", maxSplits: 6)
        guard lines.count == 7 else { return await next(command) }
        var source = String(lines[6].dropLast())
        for (index, cut) in cuts.enumerated() where cut.count(in: source) > 0 {
            source = cut.applied(to: source)
            fitted.withLock { _ = $0.insert(index) }
        }
        var changed = RedisCommand(.script, script: command.script, words: ["SCRIPT", "LOAD", source])
        changed.deadline = command.deadline
        return await next(changed)
    }
}
