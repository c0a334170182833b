// Which server an attempt to connect tries next, and what it says if none will do. It does no I/O.

internal import Textbook

struct ServerTurns {
    /// What a server gets at least, however many there are.
    private static let shareLeast = Duration.milliseconds(300)

    /// How long one server may take.
    let share: Duration
    private var untried: ArraySlice<ConnectionParameters>
    private var failures: [PostgresError] = []

    /// - Parameter first: the server that was well last: it is tried before all others.
    init(_ servers: [ConnectionParameters] = [], first: ConnectionParameters?, within limit: Duration) {
        let preferred = first.flatMap { first in servers.firstIndex { $0.isSameServer(as: first) } } ?? 0
        untried = servers[preferred...] + servers[..<preferred]
        share = max(Self.shareLeast, limit / max(1, servers.count))
    }

    mutating func next() -> ConnectionParameters? { untried.popFirst() }

    mutating func failed(_ error: PostgresError) { failures.append(error) }

    /// Why no server would do: what each of them said. Nil before the first failure.
    var failure: PostgresError? {
        guard failures.count > 1, let last = failures.last else { return failures.last }
        var messages: [String] = []
        for failure in failures where !messages.contains(failure.message) { messages.append(failure.message) }
        return PostgresError(
            .connectionFailed, messages.joined(separator: "; "), sqlState: failures.lazy.compactMap(\.sqlState).first,
            at: CallSite(statementName: nil, file: last.file, line: last.line))
    }
}
