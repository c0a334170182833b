// How far a long step has come, before and after a run.

import Synchronization

/// Writes to standard error: one line that is drawn again on a terminal, else a line every few seconds.
final class Progress: Sendable {
    private struct State {
        var nextAt: ContinuousClock.Instant
        var width = 0
    }

    private let isShown: Bool
    private let isTerminal: Bool
    /// A step that takes less than the first pause is not worth a word.
    private let pause: Duration
    private let state: Mutex<State>

    init(isShown: Bool, isTerminal: Bool) {
        self.isShown = isShown
        self.isTerminal = isTerminal
        pause = isTerminal ? .milliseconds(200) : .seconds(2)
        state = Mutex(State(nextAt: .now + pause))
    }

    /// Says what is under way, if nothing was said a moment ago.
    func show(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        state.withLock { state in
            guard state.nextAt <= .now else { return }
            state.nextAt = .now + pause
            let line = isTerminal ? String(text().prefix(StandardError.size.columns - 1)) : text()
            let start = isTerminal ? LiveView.erasing([state.width], columns: StandardError.size.columns) : ""
            if StandardError.write((state.width > 0 ? start : "") + line + "\n") { state.width = line.count }
        }
    }

    /// Says how long a step has taken, if it takes long, while the body does it.
    func during<Result>(_ step: String, _ body: () async throws -> Result) async rethrows -> Result {
        let start = ContinuousClock.now
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: pause)
                show("\(step), \(start.duration(to: .now).components.seconds) s so far")
            }
        }
        defer { ticking.cancel() }
        return try await body()
    }

    /// Erases the line, because its step is over.
    func clear() {
        state.withLock { state in
            guard isTerminal, state.width > 0 else { return }
            StandardError.write(LiveView.erasing([state.width], columns: StandardError.size.columns))
            state.width = 0
        }
    }
}
