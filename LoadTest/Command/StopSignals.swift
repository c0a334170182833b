// Ctrl-C and SIGTERM: the first signal ends the arrivals, so that the run is still reported and audited; the second
// ends the process.

import Dispatch
import Glibc

/// Calls `stop` on the first signal. Signals stay caught until the process ends.
final class StopSignals {
    private var sources: [any DispatchSourceSignal] = []

    init(_ stop: @escaping @Sendable () -> Void) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            let first = Once()
            source.setEventHandler {
                guard first.isFirst() else { _exit(128 + number) }
                stop()
            }
            source.activate()
            sources.append(source)
        }
    }

    /// Only the source's own queue touches it, one event at a time.
    private final class Once: @unchecked Sendable {
        private var isDone = false

        func isFirst() -> Bool {
            defer { isDone = true }
            return !isDone
        }
    }
}
