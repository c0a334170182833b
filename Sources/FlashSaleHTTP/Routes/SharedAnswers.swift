// Answers that are the same for everybody: each is made once and given to all that ask within a moment.

internal import Synchronization

/// Replies of routes. Only answers are remembered.
typealias SharedAnswers<Key: Hashable & Sendable> = SharedValues<Key, Reply>

extension SharedValues where Value == Reply {
    /// - Parameter entriesMax: the most answers to remember. Beyond it requests get an answer of their own.
    convenience init(entriesMax: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.init(entriesMax: entriesMax, now: now) { if case .answer = $0 { true } else { false } }
    }

    func reply(for key: Key, _ make: @escaping @Sendable () async -> Reply) async -> Reply {
        await value(for: key, make)
    }
}

/// Remembers values for ``age``, and makes each once, however many ask for it at the same time.
///
/// A value that does not last goes to those that were waiting for it, and the next request tries again.
final class SharedValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Entry {
        case making(Task<Value, Never>)
        case made(Value, at: ContinuousClock.Instant)

        func isFresh(at now: ContinuousClock.Instant) -> Bool {
            if case .made(_, let madeAt) = self { now - madeAt < SharedValues.age } else { true }
        }
    }

    /// The greatest age of an answer, counted from when it was ready.
    static var age: Duration { .milliseconds(250) }

    private let entries = Mutex<[Key: Entry]>([:])
    private let entriesMax: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let lasts: @Sendable (Value) -> Bool

    init(
        entriesMax: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        lasts: @escaping @Sendable (Value) -> Bool
    ) {
        self.entriesMax = entriesMax
        self.now = now
        self.lasts = lasts
    }

    /// What is there already; nil if it has to be made.
    func ready(for key: Key) -> Value? {
        entries.withLock { entries in
            guard case .made(let value, let madeAt) = entries[key], now() - madeAt < Self.age else { return nil }
            return value
        }
    }

    func value(for key: Key, _ make: @escaping @Sendable () async -> Value) async -> Value {
        let found = entries.withLock { entries -> Entry? in
            let now = now()
            if let entry = entries[key], entry.isFresh(at: now) { return entry }
            if entries.count >= entriesMax { entries = entries.filter { $0.value.isFresh(at: now) } }
            guard entries.count < entriesMax || entries[key] != nil else { return nil }
            // A task of its own: the answer is everybody's, so it must not end with the request that asked first.
            let entry = Entry.making(
                Task {
                    let value = await make()
                    finish(key, value)
                    return value
                })
            entries[key] = entry
            return entry
        }
        return switch found {
        case .making(let making): await making.value
        case .made(let value, _): value
        case nil: await make()
        }
    }

    private func finish(_ key: Key, _ value: Value) {
        entries.withLock { entries in
            entries[key] = lasts(value) ? .made(value, at: now()) : nil
        }
    }
}
