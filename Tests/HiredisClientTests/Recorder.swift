// An observer that remembers what it hears.

import HiredisClient
import Synchronization
import Telemetry

/// Records the kind of each command, and the number of commands in each write.
final class Recorder: RedisObserver {
    private let seen = Mutex<[RedisCommandLabel]>([])
    private let written = Mutex<[Int]>([])

    var labels: [RedisCommandLabel] { seen.withLock { $0 } }
    var writes: [Int] { written.withLock { $0 } }

    func ended(_ command: RedisCommand, _ outcome: RedisOutcome) {
        seen.withLock { $0.append(command.label) }
    }

    func wrote(_ commandCount: Int) {
        written.withLock { $0.append(commandCount) }
    }
}
