// Answers that are the same for everybody: each is made once and given to all that ask within a moment.

internal import Synchronization

/// Remembers answers for ``age``, and makes each once, however many ask for it at the same time.
///
/// Only answers are remembered. A refusal goes to those that were waiting for it, and the next request tries again.
final class SharedAnswers<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        let making: Task<Reply, Never>
        /// Nil while it is being made.
        var madeAt: ContinuousClock.Instant?

        func isFresh(at now: ContinuousClock.Instant) -> Bool {
            madeAt.map { now - $0 < SharedAnswers.age } ?? true
        }
    }

    /// The greatest age of an answer, counted from when it was ready.
    static var age: Duration { .milliseconds(250) }

    private let entries = Mutex<[Key: Entry]>([:])
    private let entriesMax: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter entriesMax: the most answers to remember. Beyond it requests get an answer of their own.
    init(entriesMax: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.entriesMax = entriesMax
        self.now = now
    }

    func reply(for key: Key, _ make: @escaping @Sendable () async -> Reply) async -> Reply {
        let making = entries.withLock { entries -> Task<Reply, Never>? in
            let now = now()
            if let entry = entries[key], entry.isFresh(at: now) { return entry.making }
            if entries.count >= entriesMax { entries = entries.filter { $0.value.isFresh(at: now) } }
            guard entries.count < entriesMax || entries[key] != nil else { return nil }
            // A task of its own: the answer is everybody's, so it must not end with the request that asked first.
            let making = Task {
                let reply = await make()
                finish(key, reply)
                return reply
            }
            entries[key] = Entry(making: making)
            return making
        }
        return if let making { await making.value } else { await make() }
    }

    private func finish(_ key: Key, _ reply: Reply) {
        entries.withLock { entries in
            if case .answer = reply { entries[key]?.madeAt = now() } else { entries[key] = nil }
        }
    }
}
