// Ctrl-C and SIGTERM: the first signal ends the arrivals and whatever was to come, so that what was done is still
// reported and audited; the second ends the process.

import Dispatch
import Glibc
import Synchronization

/// Calls `stop` on the first signal. Signals stay caught until the process ends.
final class StopSignals {
    private var sources: [any DispatchSourceSignal] = []

    init(_ stop: @escaping @Sendable () -> Void) {
        let isFirst = Atomic(true)
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                guard isFirst.exchange(false, ordering: .relaxed) else { _exit(128 + number) }
                stop()
            }
            source.activate()
            sources.append(source)
        }
    }
}
