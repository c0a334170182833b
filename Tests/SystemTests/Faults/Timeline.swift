// The timeline of a stage, to explain a failure.

import Synchronization

/// Takes notes until it is asked.
final class Timeline: Sendable {
    private let start = ContinuousClock.now
    private let notes = Mutex<[String]>([])

    func note(_ what: String) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        notes.withLock { $0.append("\((seconds * 1_000).rounded() / 1_000) s \(what)") }
    }

    /// In one line, so that no filter of lines loses a part.
    var text: String { notes.withLock { $0.joined(separator: "; ") } }
}
